import Ingest
import Interactions
import Profiles

extension Changeset.Lane {
    /// Takes in what other people's purchases mean to `customer`, whose row of this batch, if there is one, is replaced.
    mutating func apply(
        _ referrals: [Referral], to customer: [UInt8], _ lanes: Lanes, _ fold: PersonFold, now: Int64
    ) throws(EncodingError) {
        var stored = lanes.find(customer) ?? .absent
        let own = profiles.firstIndex { bytes[$0.customer.range].elementsEqual(customer) }
        if let own, case .profile(var profile) = stored {
            // The row is guarded by the version that was read, which is what the new row must be guarded by.
            profile.version = profiles[own].version
            stored = .profile(profile)
        }
        let result = try fold.apply(referrals, to: customer, stored, now: now, into: &self)
        guard let row = result.row else { return }
        lanes.remember(customer, result.stored)
        if let own {
            profiles[own] = profiles[row]
            profiles.remove(at: row)
        }
    }

    mutating func sortByCustomer() {
        let bytes = bytes
        profiles.sort { bytes[$0.customer.range].lexicographicallyPrecedes(bytes[$1.customer.range]) }
    }
}
