import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Relationship strength by hand: recency, frequency, reciprocity, breadth and depth of everything but trade.
@Suite struct StrengthTests {
    /// The contract's formula, of facts counted by hand.
    static func parts(
        recency: Double, days: Double = 1, reciprocity: Double = 0, families: Double = 1, contents: Double = 0
    ) -> Double {
        25 * recency + 25 * (1 - exp(-days / 10)) + 20 * reciprocity + 15 * families / 4
            + 15 * (1 - exp(-contents / 3))
    }

    static func onApp(_ day: Double, _ type: EventType) -> Event { .on(day, type) { $0.channel = "app" } }

    static let review: [Event] = [.on(0.5, .review)]
    static let millisecond = 1 / 86_400_000.0
    /// Noon, and the day of the month on which it is ninety local days old; the clocks went forward in between.
    static let like: [Event] = [.on("2026-02-01T12:00:00-05:00", .like)]
    static let ninetyDays = Int64.time("2026-05-02T00:00:00-04:00")

    static let cases: [Case] = [
        Case("nothing", [], at: .day(0), is: 0),
        Case("one event, now", [.on(0, .view)], at: .day(0), is: parts(recency: 1)),
        Case("ten minutes ahead", [.at(.day(0, 600_000), .view)], at: .day(0), is: parts(recency: 1)),
        Case("thirty days ago", [.on(0, .view)], at: .day(30), is: parts(recency: 0.5)),
        Case(
            "trade is none of it", [.bought(0, 100, "p"), .on(0, .couponRedeem), .on(0, .repay), .refunded(0, "p")],
            at: .day(0), is: 0),
        Case(
            "trade after contact", [.on(0, .like), .bought(10, 100)], at: .day(10), is: parts(recency: decay(10, 30))),
        Case("what the shop does", [.on(0, .messageSent), .on(0, .followBack)], at: .day(0), is: 0),
        Case(
            "two days", [.on(0, .view), .on(1, .view), .on(1.5, .view)], at: .day(1.5), is: parts(recency: 1, days: 2)),
        Case(
            "what was taken back", [.on(0, .view), .on(6, .review) { $0.id = "x" }, .retracted("x")], at: .day(6),
            is: parts(recency: decay(6, 30))),

        // Reciprocity.
        Case("a fan", [.on(0, .follow)], at: .day(0), is: parts(recency: 1, reciprocity: 0.5)),
        Case("a friend", [.on(0, .follow), .on(1, .followBack)], at: .day(0), is: parts(recency: 1, reciprocity: 1)),
        Case(
            "on two channels", [.on(0, .follow), onApp(1, .followBack)], at: .day(0),
            is: parts(recency: 1, reciprocity: 0.5)),
        Case(
            "a friend on the second", [.on(0, .follow), onApp(0, .follow), onApp(0, .followBack)], at: .day(0),
            is: parts(recency: 1, reciprocity: 1)),
        Case(
            "no more", [.on(0, .follow), .on(1, .followBack), .on(30, .unfollow)], at: .day(30),
            is: parts(recency: 0.5)),
        Case(
            "the shop no more", [.on(0, .follow), .on(1, .followBack), .on(2, .unfollowBack)], at: .day(30),
            is: parts(recency: 0.5, reciprocity: 0.5)),
        Case(
            "followed back all along", [.on(0, .follow), .on(1, .followBack), .on(2, .unfollow), .on(3, .follow)],
            at: .day(3), is: parts(recency: 1, days: 2, reciprocity: 1)),
        Case("a member who follows nobody", [.on(0, .memberJoin)], at: .day(0), is: parts(recency: 1)),
        Case(
            "a member and fan", [.on(0, .memberJoin), .on(0, .follow)], at: .day(0),
            is: parts(recency: 1, reciprocity: 0.5, families: 2)),

        // Breadth and depth.
        Case(
            "three families", [.on(0, .view), .on(0, .like), .on(0, .favorite)], at: .day(0),
            is: parts(recency: 1, families: 3)),
        Case(
            "six are no more than four",
            [.on(0, .view), .on(0, .like), .on(0, .want), .on(0, .game), .on(0, .complaint), .on(0, .messageOpen)],
            at: .day(0), is: parts(recency: 1, families: 4)),
        Case(
            "three of content", [.on(0, .review), .on(0, .question), .on(0, .recommend)], at: .day(0),
            is: parts(recency: 1, contents: 3)),

        // Days end at midnight, ages do not.
        Case(
            "ninety days, still", review, at: .day(90, -1),
            is: parts(recency: decay(89.5 - millisecond, 30), days: 1, contents: 1)),
        Case("its day is gone", review, at: .day(90), is: parts(recency: decay(89.5, 30), days: 0, contents: 1)),
        Case(
            "its age is not", review, at: .day(90.5, -1),
            is: parts(recency: decay(90 - millisecond, 30), days: 0, contents: 1)),
        Case("both are", review, at: .day(90.5), is: 25 * 0.125),
        Case(
            "ninety days of New York", like, at: ninetyDays - 1,
            is: parts(recency: decay(89 + 11 / 24.0 - millisecond, 30), days: 1), in: .newYork),
        Case(
            "its day is gone in New York", like, at: ninetyDays,
            is: parts(recency: decay(89 + 11 / 24.0, 30), days: 0), in: .newYork),
    ]

    @Test(arguments: cases) func strength(_ row: Case) {
        for result in row.evaluations { #expect(agree(result.relationshipStrength, row.expected)) }
    }
}
