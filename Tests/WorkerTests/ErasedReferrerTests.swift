import Ingest
import Interactions
import TestSupport
import Testing

@testable import Profiles
@testable import Worker

/// What other people's purchases mean to somebody who was erased: a profile while one of later stands, and none after.
@Suite struct ErasedReferrerTests {
    static let now: Int64 = RandomHistory.origin
    static let until = now - 5000
    static let customer = Array("crm:1".utf8)
    private var fold = PersonFold(rules: FoldRules())
    private var lane = Changeset.Lane()

    private static func referral(at time: Int64 = now - 1000, stands: Bool = true, isKnown: Bool = false) -> Referral {
        var referral = Referral(
            referrer: customer, hash: 7, time: time, net: 500, stands: stands, buyer: Array("crm:2".utf8), channel: [])
        referral.isKnown = isKnown
        return referral
    }
    private static let takenBack = referral(stands: false, isKnown: true)

    private mutating func apply(_ referral: Referral, to stored: Stored, folded: Int = 0) throws -> Stored? {
        var folded = folded
        return try lane.apply([referral], to: Self.customer, stored, folded: &folded, &fold, now: Self.now)
    }

    /// Folds events of the person's own as a batch does.
    private mutating func foldOwn(_ events: [Event], onto stored: Stored) throws -> Stored {
        let batch = Event.batch(events)
        let near = NearEvents(events.indices.map { EventPlace(piece: 0, index: $0) }, in: [batch])
        return try fold.fold(Self.customer, stored, near, near.all, pieces: [batch], now: Self.now, into: &lane).stored
    }

    private func kind(_ stored: Stored?) -> String {
        switch stored {
        case nil: "the same"
        case .absent: "absent"
        case .profile(let profile): "profile \(profile.version)"
        case .erased(let until, let version): "erased \(until - Self.until) \(version)"
        }
    }

    @Test mutating func aLaterPurchaseBringsAProfileThatGoesOnFromTheErasure() throws {
        let stored = try apply(Self.referral(), to: .erased(until: Self.until, version: 3))
        #expect(kind(stored) == "profile 4")
        #expect(lane.profiles.count == 1 && lane.profiles[0].isNew && lane.profiles[0].version == 3)
        // The purchase is refunded in a later batch.
        lane = Changeset.Lane()
        #expect(kind(try apply(Self.takenBack, to: stored!)) == "erased 0 5")
        #expect(lane.profiles.isEmpty)
        #expect(lane.erasures.map(\.version) == [4] && lane.erasures[0].hasProfile)
    }

    @Test mutating func anEarlierPurchaseMeansNothing() throws {
        let stored = Stored.erased(until: Self.until, version: 3)
        #expect(kind(try apply(Self.referral(at: Self.until), to: stored)) == "the same")
        #expect(lane.profiles.isEmpty && lane.erasures.isEmpty)
    }

    /// That there was nothing to take back holds of what was read: the erasure is the fence.
    @Test mutating func whatIsNotThereIsFencedWithoutARow() throws {
        #expect(kind(try apply(Self.takenBack, to: .erased(until: Self.until, version: 3))) == "erased 0 4")
        #expect(lane.profiles.isEmpty)
        #expect(lane.erasures.map(\.version) == [3] && !lane.erasures[0].hasProfile)
    }

    @Test mutating func aRowOfTheBatchThatErasedThemIsTakenOutAgain() throws {
        var stored = try foldOwn([Event("a", .memberJoin, at: Self.until - 1)], onto: .absent)
        stored = try #require(try apply(Self.referral(), to: stored, folded: 1))
        #expect(kind(stored) == "profile 1")
        lane = Changeset.Lane()
        stored = try foldOwn([Event("b", .erase, at: Self.until)], onto: stored)
        #expect(kind(stored) == "profile 3", "the erasure is a version, and the referral a row")
        #expect(lane.profiles.count == 1)
        #expect(kind(try apply(Self.takenBack, to: stored, folded: 1)) == "erased 0 2")
        #expect(lane.profiles.isEmpty && lane.transitions.isEmpty && lane.points.isEmpty)
        #expect(lane.erasures.map(\.version) == [1] && lane.erasures[0].hasProfile)
    }
}
