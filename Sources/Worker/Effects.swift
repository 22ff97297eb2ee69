import Ingest
import Interactions
import Profiles

/// What the folds of a batch mean to people other than those who acted.
struct Effects {
    private(set) var referrals: [[UInt8]: [Referral]] = [:]

    mutating func add(_ lane: FoldedLane) { add(named: lane.named, lane.referrals) }

    /// - Parameter named: who must have a profile because somebody named them.
    mutating func add(named: [[UInt8]], _ added: [Referral]) {
        for customer in named { referrals[customer, default: []] += [] }
        for referral in added { referrals[referral.referrer, default: []].append(referral) }
    }

    /// Whether everything that `buyers` did for others is in `other` too.
    func areAll(of buyers: [[UInt8]: Stored], in other: Effects) -> Bool {
        referrals.allSatisfy { referrer, own in
            own.allSatisfy { buyers[$0.buyer] == nil || other.referrals[referrer]?.contains($0) ?? false }
        }
    }

    /// What is not in `other`.
    func without(_ other: Effects) -> Effects {
        var rest = Effects()
        for (customer, own) in referrals {
            guard let known = other.referrals[customer] else {
                rest.referrals[customer] = own
                continue
            }
            let added = own.filter { !known.contains($0) }
            if !added.isEmpty { rest.referrals[customer] = added }
        }
        return rest
    }

    var isEmpty: Bool { referrals.isEmpty }
    var customers: [[UInt8]] { referrals.keys.sorted { $0.lexicographicallyPrecedes($1) } }
}

extension Changeset.Lane {
    /// Where the row of `customer` stands among the first `count`, which are in order of names; nil when there is none.
    private func row(of customer: [UInt8], among count: Int) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            let name = bytes[profiles[middle].customer.range]
            if name.lexicographicallyPrecedes(customer) { low = middle + 1 } else { high = middle }
        }
        guard low < count, bytes[profiles[low].customer.range] == customer[...] else { return nil }
        return low
    }

    /// Takes in what other people's purchases mean to `customer`; whom it is asked for come in order of names.
    ///
    /// - Parameters:
    ///   - stored: what is known of the person, with the row of this batch if there is one.
    ///   - folded: how many of the first rows are of people with events in this batch, in order of names. The row of
    ///     `customer` among them is replaced.
    /// - Returns: what is known then; nil when it is the same.
    mutating func apply(
        _ referrals: [Referral], to customer: [UInt8], _ stored: Stored, folded: inout Int, _ fold: inout PersonFold,
        now: Int64
    ) throws(EncodingError) -> Stored? {
        var stored = stored
        let own = row(of: customer, among: folded)
        if let own, case .profile(var profile) = stored {
            // The row is guarded by the version that was read, which is what the new row must be guarded by.
            profile.version = profiles[own].version
            stored = .profile(profile)
        }
        let erased = erasures.count
        let result = try fold.apply(referrals, to: customer, stored, now: now, into: &self)
        if erasures.count > erased {
            guard let own else { return result.stored }
            // What was left of somebody whom this very batch erased is taken back: the first erasure is enough.
            let again = erasures.removeLast()
            withdraw(own)
            folded -= 1
            return .erased(until: again.until, version: again.version)
        }
        guard result.row != nil else { return nil }
        if let own {
            var row = profiles.removeLast()
            row.isNew = profiles[own].isNew
            cancel(profiles[own].memberships, against: row.memberships)
            profiles[own] = row
        }
        return result.stored
    }

    /// Takes out the row of somebody who was erased before it, and all that follows from it.
    private mutating func withdraw(_ own: Int) {
        let row = profiles.remove(at: own)
        precondition(row.isNew, "who has events of their own in a batch, and was not erased, is not empty after it")
        // In their place: other rows know theirs by number.
        for index in row.memberships { memberships[index].isVoid = true }
        let name = bytes[row.customer.range]
        transitions.removeAll { bytes[$0.customer.range] == name }
        points.removeAll { bytes[$0.customer.range] == name }
        replacedLedgers.removeAll { bytes[$0.customer.range] == name }
    }
}
