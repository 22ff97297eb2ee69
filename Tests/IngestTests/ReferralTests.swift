import Ingest
import Interactions
@testable import Profiles
import TestSupport
import Testing

/// What a purchase means to the person who recommended it, and when a row is written of that.
@Suite struct ReferralTests {
    static let now: Int64 = RandomHistory.origin
    static let referrer = Array("crm:1".utf8)

    static func referral(net: Int64 = 500, stands: Bool = true, isKnown: Bool = false) -> Referral {
        var referral = Referral(
            referrer: referrer, hash: 7, time: now - 1000, net: net, stands: stands, buyer: Array("crm:2".utf8),
            channel: [])
        referral.isKnown = isKnown
        return referral
    }

    struct Row: Sendable {
        let told: [Referral]
        /// What the row says then, the net amount of each; nil where none is written.
        let nets: [Int64]?
        let why: String
    }

    /// Of a referrer who was told of a purchase of 500 already, or of none.
    static let rows: [(isTold: Bool, row: Row)] = [
        (false, Row(told: [referral()], nets: [500], why: "a first purchase")),
        (true, Row(told: [referral()], nets: nil, why: "the same once more")),
        (true, Row(told: [referral(net: 300, isKnown: true)], nets: [300], why: "a refund of a part")),
        (true, Row(told: [referral(stands: false, isKnown: true)], nets: [], why: "a refund of all")),
        (
            false,
            Row(
                told: [referral(net: 300, isKnown: true)], nets: [],
                why: "it left the timeline, or was not there yet when this was read: the row is the fence")
        ),
        (false, Row(told: [referral(stands: false, isKnown: true)], nets: [], why: "the same")),
        (false, Row(told: [], nets: nil, why: "only named")),
    ]

    @Test(arguments: rows.indices) func whatIsToldOfAPurchase(_ index: Int) throws {
        let (isTold, row) = Self.rows[index]
        var fold = PersonFold(rules: FoldRules())
        var before = Changeset.Lane()
        let stored = try fold.apply(
            isTold ? [Self.referral()] : [], to: Self.referrer, .absent, now: Self.now, into: &before
        ).stored
        #expect(before.profiles.count == 1, "whoever is named has a profile")

        var lane = Changeset.Lane()
        let result = try fold.apply(row.told, to: Self.referrer, stored, now: Self.now, into: &lane)
        #expect((result.row != nil) == (row.nets != nil), "\(row.why)")
        guard let nets = row.nets else { return }
        let profile = try Profile(decoding: lane.bytes[lane.profiles[0].state.range].span)
        #expect(profile.entries.filter { $0.type == .referralConverted }.map(\.amount) == nets, "\(row.why)")
        #expect(lane.profiles[0].version == 1, "guarded by what was read")
    }
}
