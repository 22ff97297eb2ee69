import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// The points ledger by hand: what earns, how much of it a day, when it is gone, and who may spend it.
@Suite struct PointsTests {
    // MARK: - Rules

    static let rules: [EventType: (points: Int, cap: Int)] = [
        .review: (20, 3), .buyerShow: (30, 2), .share: (5, 5), .repost: (5, 5), .comment: (2, 10), .checkIn: (1, 1),
        .recommend: (10, 5), .treasureGuess: (2, 3), .follow: (10, 1),
    ]

    /// A day's points are those of the first so many.
    @Test(arguments: EventType.allCases.filter { $0.isTimeline && $0 != .referralConverted && $0 != .pointsAdjust })
    func rule(_ type: EventType) {
        let (points, cap) = Self.rules[type] ?? (0, 1)
        for count in 1...cap + 1 {
            let events = Event.many(count, type, from: .day(0)) { $0.quantity = 1 }
            let result = Evaluation(Profile(of: events), at: .day(0), model: .standard, calendar: .utc)
            #expect(result.pointsBalance == min(count, cap) * points)
        }
    }

    // MARK: - Balance

    static func redeemed(_ day: Double, _ points: Int64) -> Event { .on(day, .pointsRedeem) { $0.quantity = points } }
    static func adjusted(_ day: Double, _ points: Int64) -> Event { .on(day, .pointsAdjust) { $0.quantity = points } }
    static func named(_ id: String, _ event: Event) -> Event {
        var event = event
        event.id = id
        return event
    }

    /// 1,000 points.
    static let large = Event.bought(0, 100_000, "p")
    static let comments = Event.many(10, .comment, from: .day(0)) + [named("x", .on(0.5, .comment))]
    static let aroundShanghai: [Event] = [
        .at(.time("2026-02-01T00:00:00+08:00", -1), .checkIn), .on("2026-02-01T00:00:00+08:00", .checkIn),
    ]
    static let shortDay: [Event] = [.on("2025-03-09T12:00:00-04:00", .share)]
    static let midnight = Int64.time("2026-03-09T00:00:00-04:00")

    static let balances: [Case] = [
        Case("nothing", [], at: .day(0), is: 0),
        Case("not a whole unit", [.bought(0, 99)], at: .day(0), is: 0),
        Case("whole units", [.bought(0, 199)], at: .day(0), is: 1),
        Case("of a day together", [.bought(0, 150), .bought(0.9, 150)], at: .day(1), is: 3),
        Case("of each day", [.bought(0, 150), .bought(1, 150)], at: .day(1), is: 1 + 1),
        Case("a gift", [.bought(0, 0)], at: .day(0), is: 0),
        Case("ten minutes ahead", [.at(.day(0, 599_999), .review)], at: .day(0, -1), is: 20),
        Case("both sides of midnight", aroundShanghai, at: .day(40), is: 2, in: .shanghai),
        Case("a day in Greenwich", aroundShanghai, at: .day(40), is: 1),
        Case(
            "a day of 25 hours",
            [.on("2025-11-02T00:00:00-04:00", .checkIn), .at(.time("2025-11-03T00:00:00-05:00", -1), .checkIn)],
            at: .time("2025-11-03T00:00:00-05:00"), is: 1, in: .newYork),

        // Follows earn once a channel.
        Case("two channels", [.on(0, .follow), .on(0, .follow) { $0.channel = "app" }], at: .day(1), is: 20),
        Case("again", [.on(0, .follow), .on(1, .unfollow), .on(2, .follow)], at: .day(2), is: 10),
        Case("never again", [.on(0, .follow), .on(1, .unfollow), .on(400, .follow)], at: .day(400), is: 0),
        Case(
            "the first taken back", [named("x", .on(0, .follow)), .on(30, .follow), .retracted("x")], at: .day(394),
            is: 10),

        // Expiry.
        Case("the last day", [.on(0.5, .review)], at: .day(365, -1), is: 20),
        Case("the day after", [.on(0.5, .review)], at: .day(365), is: 0),
        Case("the last day of New York", shortDay, at: midnight - 1, is: 5, in: .newYork),
        Case("the day after in New York", shortDay, at: midnight, is: 0, in: .newYork),

        // Redemption.
        Case("a part", [.on(0, .review), redeemed(1, 15)], at: .day(1), is: 5),
        Case("all", [.on(0, .review), redeemed(1, 20)], at: .day(1), is: 0),
        Case("one too many", [.on(0, .review), redeemed(1, 21)], at: .day(1), is: 20),
        Case("a smaller one after", [.on(0, .review), redeemed(1, 21), redeemed(1, 15)], at: .day(1), is: 5),
        Case("later the same day", [redeemed(0.1, 20), .on(0.9, .review)], at: .day(1), is: 0),
        Case("the day before", [redeemed(0.9, 20), .on(1, .review)], at: .day(1), is: 20),
        Case("on the last day", [.on(0, .review), redeemed(364.9, 20)], at: .day(364.9), is: 0),
        Case("a day later", [.on(0, .review), .on(300, .share), redeemed(365, 5)], at: .day(365), is: 0),
        Case("oldest first", [.on(0, .review), .on(100, .review), redeemed(200, 20)], at: .day(364), is: 20),
        Case("so nothing is lost", [.on(0, .review), .on(100, .review), redeemed(200, 20)], at: .day(365), is: 20),
        Case("from both", [.on(0, .review), .on(100, .review), redeemed(200, 25)], at: .day(365), is: 15),
        Case("taken back", [.on(0, .review), named("x", redeemed(1, 20)), .retracted("x")], at: .day(1), is: 20),

        // Adjustment.
        Case("given", [adjusted(0, 50)], at: .day(364), is: 50),
        Case("given and gone", [adjusted(0, 50)], at: .day(365), is: 0),
        Case("taken", [.on(0, .review), adjusted(1, -15)], at: .day(1), is: 5),
        Case("taken what there was", [.on(0, .review), adjusted(1, -30)], at: .day(1), is: 0),
        Case("and no debt", [.on(0, .review), adjusted(1, -30), .on(2, .review)], at: .day(2), is: 20),
        Case("given and taken", [adjusted(0, 50), adjusted(0.5, -20)], at: .day(1), is: 30),

        // Refunds and retractions.
        Case("in part", [large, .refunded(1, "p", 40_050)], at: .day(1), is: 599),
        Case("in whole", [large, .refunded(1, "p")], at: .day(1), is: 0),
        Case("more than was paid", [large, .bought(0, 500), .refunded(1, "p", 900_000)], at: .day(1), is: 5),
        Case(
            "after spending what is left", [large, redeemed(1, 500), .refunded(2, "p", 40_000)], at: .day(2), is: 100),
        Case("after spending more", [large, redeemed(1, 800), .refunded(2, "p", 40_000)], at: .day(2), is: 600),
        Case("the purchase taken back", [large, redeemed(1, 800), .retracted("p")], at: .day(2), is: 0),
        Case(
            "spam earns nothing", [named("x", .on(0, .post)), named("y", .on(0, .comment)), .retracted("y")],
            at: .day(0), is: 0),
        Case("one over the cap taken back", comments + [.retracted("x")], at: .day(1), is: 20),
        Case("one of the cap", comments.dropFirst(2) + [.retracted("x")], at: .day(1), is: 16),
    ]

    @Test(arguments: balances) func balance(_ row: Case) {
        for result in row.evaluations { #expect(Double(result.pointsBalance) == row.expected) }
    }

    // MARK: - Rows

    @Test func theLedgerSaysWhatWasEarnedSpentAndRefused() {
        let events: [Event] = [
            .on(0, .review), .on(0.1, .comment), .on(0.2, .comment), .on(0.3, .checkIn),  // 20, 2 + 2 and 1
            Self.redeemed(1, 7), Self.redeemed(1.1, 3),  // from the check-in 1, the comments 4, the review 2 and 3
            Self.redeemed(2, 100), Self.redeemed(2.1, 1), Self.adjusted(2.2, -20),  // the review has 15, then 14
            Self.adjusted(3, 7), .on(3, .share), .on(3, .view),
        ]
        let ledger = PointsLedger(Profile(of: events), model: .standard, calendar: .utc)
        let first = LocalCalendar.utc.day(.day(0))
        let rows = ledger.rows.map {
            "\(Int($0.day) - first) \($0.rule.name) \($0.kind.name) \($0.earned) \($0.spent) \($0.refused)"
        }
        #expect(
            rows == [
                "0 check_in earned 1 1 0", "0 comment earned 4 4 0", "0 review earned 20 20 0",
                "1 points_redeem redeemed 0 10 0", "2 points_adjust adjusted 0 14 6",
                "2 points_redeem redeemed 0 1 100", "3 points_adjust earned 7 0 0", "3 share earned 5 0 0",
            ])
        #expect(ledger.balance(on: first + 3) == 12)
    }

    // MARK: - Any history

    static func history(_ seed: UInt64) -> [Event] {
        var random = SplitMix(seed: seed)
        return (0..<80).map { number in
            let type = random.one(of: [
                EventType.review, .share, .follow, .purchase, .purchase, .refund, .pointsRedeem, .pointsRedeem,
                .pointsAdjust, .retract,
            ])
            var event = Event("e\(number)", type, at: .day(Double(random.below(8000)) / 10))
            event.order = "o\(random.below(4))"
            event.amount = type == .refund && random.chance(20) ? nil : Int64(random.below(9000))
            event.quantity = type == .pointsAdjust ? Int64(random.below(80) - 60) | 1 : Int64(1 + random.below(60))
            event.refersTo = "e\(random.below(80))"
            return event
        }
    }

    @Test(arguments: Seeds.all(60)) func theBalanceIsWhatWasEarnedLessWhatWasSpentAndExpired(_ seed: UInt64) {
        let events = Self.history(seed)
        let ledger = PointsLedger(Profile(of: events), model: .standard, calendar: .utc)
        let rows = ledger.rows
        let earned = rows.filter { $0.kind == .earned }
        let taken = rows.filter { $0.kind != .earned }
        #expect(earned.allSatisfy { 0 <= $0.spent && $0.spent <= $0.earned && $0.refused == 0 }, "seed \(seed)")
        #expect(taken.allSatisfy { $0.earned == 0 && $0.spent >= 0 && $0.refused >= 0 }, "seed \(seed)")

        // Whatever was asked for was granted or refused, and what was granted was taken from what was earned.
        let retracted = Set(events.filter { $0.type == .retract }.map(\.refersTo))
        let asked = events.filter { !retracted.contains($0.id) }.reduce(Int64(0)) { sum, event in
            switch event.type {
            case .pointsRedeem: sum + event.quantity!
            case .pointsAdjust: sum + max(0, -event.quantity!)
            default: sum
            }
        }
        #expect(taken.reduce(0) { $0 + $1.spent + $1.refused } == asked, "seed \(seed)")
        #expect(taken.reduce(0) { $0 + $1.spent } == earned.reduce(0) { $0 + $1.spent }, "seed \(seed)")

        let total = earned.reduce(0) { $0 + $1.earned } - earned.reduce(0) { $0 + $1.spent }
        let first = LocalCalendar.utc.day(.day(0))
        for day in first...first + 1200 {
            let expired = earned.filter { Int($0.day) + 365 <= day }.reduce(0) { $0 + $1.earned - $1.spent }
            let balance = ledger.balance(on: day)
            #expect(balance >= 0 && balance == total - expired, "seed \(seed), day \(day - first)")
        }
    }
}
