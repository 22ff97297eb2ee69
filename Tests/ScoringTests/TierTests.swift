import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Tiers by hand: they rise at once and fall at the local midnight at which spend leaves the year.
@Suite struct TierTests {
    static func evaluate(
        _ events: [Event], at t: Int64, _ calendar: LocalCalendar = .utc, by model: ScoringModel = .standard
    ) -> Evaluation {
        Evaluation(Profile(of: events, calendar), at: t, model: model, calendar: calendar)
    }

    // MARK: - How much it takes

    static let amounts: [(events: [Event], tier: Tier)] = [
        ([], .none), ([.bought(0, 199_999)], .none), ([.bought(0, 200_000)], .silver), ([.bought(0, 999_999)], .silver),
        ([.bought(0, 1_000_000)], .gold), ([.bought(0, 4_999_999)], .gold), ([.bought(0, 5_000_000)], .platinum),
        ([.bought(0, 199_999), .bought(1, 1)], .silver),
        ([.at(.day(2, 600_000), .repay) { $0.amount = 200_000 }], .none),
        ([.at(.day(2, 600_000), .purchase) { $0.amount = 200_000 }], .silver),
        ([.bought(0, 200_000, "p"), .refunded(1, "p", 1)], .none),
        ([.bought(0, 1_000_000, "p"), .bought(0, 200_000), .refunded(1, "p", 9_000_000)], .silver),
        ([.bought(0, 200_000, "p"), .refunded(1, "p")], .none), ([.bought(0, 200_000), .refunded(1, "p")], .silver),
        ([.bought(0, 200_000, "p"), .retracted("p")], .none),
    ]

    @Test(arguments: amounts.indices) func thresholds(_ index: Int) {
        #expect(Self.evaluate(Self.amounts[index].events, at: .day(2)).tier == Self.amounts[index].tier)
    }

    // MARK: - When it falls

    struct Fall: Sendable, CustomTestStringConvertible {
        let calendar: LocalCalendar
        /// When 2,000.00 were spent, and the first instant of the date 365 days later.
        let bought: String, falls: String
        var testDescription: String { bought }
        init(_ calendar: LocalCalendar, _ bought: String, _ falls: String) {
            (self.calendar, self.bought, self.falls) = (calendar, bought, falls)
        }
    }

    static let falls: [Fall] = [
        Fall(.utc, "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        Fall(.utc, "2026-01-01T23:59:59Z", "2027-01-01T00:00:00Z"),
        Fall(.utc, "2027-03-01T12:00:00Z", "2028-02-29T00:00:00Z"),
        Fall(.utc, "2028-02-29T12:00:00Z", "2029-02-28T00:00:00Z"),
        Fall(.shanghai, "2025-12-31T23:59:59+08:00", "2026-12-31T00:00:00+08:00"),
        Fall(.shanghai, "2026-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"),
        // The day of 23 hours is 2025-03-09 and 2026-03-08, the day of 25 hours 2025-11-02 and 2026-11-01.
        Fall(.newYork, "2025-03-08T12:00:00-05:00", "2026-03-08T00:00:00-05:00"),
        Fall(.newYork, "2025-03-09T12:00:00-04:00", "2026-03-09T00:00:00-04:00"),
        Fall(.newYork, "2025-11-01T23:59:59-04:00", "2026-11-01T00:00:00-04:00"),
        Fall(.newYork, "2025-11-02T00:00:00-04:00", "2026-11-02T00:00:00-05:00"),
        Fall(.newYork, "2025-11-02T23:59:59-05:00", "2026-11-02T00:00:00-05:00"),
        // 2025-04-25 began at one in Cairo, and Samoa had no 2011-12-30.
        Fall(.cairo, "2024-04-25T12:00:00+02:00", "2025-04-25T01:00:00+03:00"),
        Fall(.apia, "2010-12-30T12:00:00-10:00", "2011-12-31T00:00:00+14:00"),
    ]

    @Test(arguments: falls) func fallsAtALocalMidnight(_ row: Fall) {
        let events: [Event] = [.on(row.bought, .purchase) { $0.amount = 200_000 }]
        let before = Self.evaluate(events, at: .time(row.falls, -1), row.calendar)
        #expect(before.tier == .silver && before.tierTurnedAt == nil)
        #expect(before.changesAt == .time(row.falls))
        for t in [Int64.time(row.falls), .time(row.falls, 1), .time("2030-01-01T00:00:00Z")] {
            let after = Self.evaluate(events, at: t, row.calendar)
            #expect(after.tier == .none && after.tierTurnedAt == .time(row.falls))
        }
    }

    @Test func fallsStepByStep() {
        let events: [Event] = [.bought(0.5, 4_000_000), .bought(10.5, 750_000), .bought(20.5, 250_000)]
        #expect(Self.evaluate(events, at: .day(20.5)).tier == .platinum)
        for (day, from, to) in [(365, Tier.platinum, Tier.gold), (375, .gold, .silver), (385, .silver, .none)] {
            let before = Self.evaluate(events, at: .day(Double(day), -1))
            #expect(before.tier == from && before.changesAt == .day(Double(day)))
            let after = Self.evaluate(events, at: .day(Double(day)))
            #expect(after.tier == to && after.tierTurnedAt == .day(Double(day)))
        }
    }

    // MARK: - By points earned

    static let byPoints: ScoringModel = {
        var model = ScoringModel.standard
        model.tiers.basis = .points
        (model.tiers.silver, model.tiers.gold, model.tiers.platinum) = (100, 200, 300)
        return model
    }()

    /// Sixty points on the first day, and forty on the second.
    static let reviews: [Event] =
        Event.many(3, .review, from: .day(0.5)) + Event.many(2, .review, from: .day(1.5))
    static func given(_ day: Double, _ points: Int64) -> Event { .on(day, .pointsAdjust) { $0.quantity = points } }

    static let earned: [(events: [Event], tier: Tier)] = [
        (Event.many(9, .review, from: .day(0)), .none), (reviews, .silver),
        (reviews + [.on(2, .pointsRedeem) { $0.quantity = 100 }], .silver), (reviews + [given(2, -100)], .silver),
        (reviews + [given(2, 99)], .silver), (reviews + [given(2, 100)], .gold),
        (reviews + [.bought(2, 20_000)], .platinum),
        (reviews + [.bought(2, 20_000, "p"), .refunded(2, "p", 1)], .gold),
        (reviews + [.bought(2, 20_000, "p"), .retracted("p")], .silver),
    ]

    @Test(arguments: earned.indices) func pointsEarned(_ index: Int) {
        let row = Self.earned[index]
        #expect(Self.evaluate(row.events, at: .day(3), by: Self.byPoints).tier == row.tier)
    }

    @Test func pointsLeaveTheYearToo() {
        let before = Self.evaluate(Self.reviews, at: .day(365, -1), by: Self.byPoints)
        #expect(before.tier == .silver && before.changesAt == .day(365))
        let after = Self.evaluate(Self.reviews, at: .day(365), by: Self.byPoints)
        #expect(after.tier == .none && after.tierTurnedAt == .day(365))
    }
}
