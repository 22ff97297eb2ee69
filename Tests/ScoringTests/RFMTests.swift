import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// RFM scores and grades by hand, at given quintiles: ties go to the lower score, of R to the higher.
@Suite struct RFMTests {
    static let quintiles = RFMCutoffs(
        recency: [10, 20, 30, 40], frequency: [1, 2, 3, 4], monetary: [1000, 2000, 3000, 4000])
    static let equal = RFMCutoffs(recency: [0, 0, 0, 5], frequency: [1, 1, 1, 2], monetary: [50, 50, 900, 900])

    static func evaluate(
        _ events: [Event], at t: Int64, _ cutoffs: RFMCutoffs? = quintiles, _ calendar: LocalCalendar = .utc
    ) -> Evaluation {
        var calibration = Calibration()
        calibration.rfm = cutoffs
        return Evaluation(
            Profile(of: events, calendar), at: t, model: .standard, calibration: calibration, calendar: calendar)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [Event], t: Int64, cutoffs: RFMCutoffs?, expected: RFMScores?

        init(
            _ what: String, _ events: [Event], at t: Int64 = .day(0), by cutoffs: RFMCutoffs? = quintiles,
            _ expected: (Int, Int, Int)?
        ) {
            (testDescription, self.events, self.t, self.cutoffs) = (what, events, t, cutoffs)
            self.expected = expected.map { RFMScores(recency: $0.0, frequency: $0.1, monetary: $0.2) }
        }
    }

    static func times(_ count: Int) -> [Event] { (0..<count).map { .bought(-Double($0), 10) } }

    static let once: [Event] = [.bought(0, 1000)]
    static let rows: [Row] = [
        Row("nothing", [], nil),
        Row("no purchase", [.on(0, .view)], nil),
        Row("no calibration", once, by: nil, nil),
        Row("today, at both cuts", once, (5, 1, 1)),
        Row("ten minutes ahead", [.bought(600 / 86_400.0, 1000)], (5, 1, 1)),

        // R, reversed.
        Row("ten days", once, at: .day(10), (5, 1, 1)), Row("eleven", once, at: .day(11), (4, 1, 1)),
        Row("twenty", once, at: .day(20), (4, 1, 1)), Row("twenty-one", once, at: .day(21), (3, 1, 1)),
        Row("thirty", once, at: .day(30), (3, 1, 1)), Row("thirty-one", once, at: .day(31), (2, 1, 1)),
        Row("forty", once, at: .day(40), (2, 1, 1)), Row("forty-one", once, at: .day(41), (1, 1, 1)),
        Row("the last of the year", once, at: .day(365, -1), (1, 1, 1)),
        Row("the year after", once, at: .day(365), nil),

        // F and M.
        Row("twice", times(2), (5, 2, 1)), Row("three times", times(3), (5, 3, 1)),
        Row("four times", times(4), (5, 4, 1)), Row("five times", times(5), (5, 5, 1)),
        Row("six times", times(6), (5, 5, 1)),
        Row("twice on a day", [.bought(0, 1000), .bought(0.5, 1000)], at: .day(1, -1), (5, 2, 2)),
        Row("a cent more", [.bought(0, 1001)], (5, 1, 2)), Row("at the third cut", [.bought(0, 3000)], (5, 1, 3)),
        Row("at the last", [.bought(0, 4000)], (5, 1, 4)), Row("above it", [.bought(0, 4001)], (5, 1, 5)),
        Row("a gift", [.bought(0, 0)], (5, 1, 1)),
        Row("one leaves the year", [.bought(0, 4000), .bought(360, 1)], at: .day(365, -1), (5, 2, 5)),
        Row("one has left it", [.bought(0, 4000), .bought(360, 1)], at: .day(365), (5, 1, 1)),

        // Refunds and retractions.
        Row("a cent back", [.bought(0, 4001, "p"), .refunded(0, "p", 1)], (5, 1, 4)),
        Row("more than was paid", [.bought(0, 4001, "p"), .refunded(0, "p", 9999)], nil),
        Row("the last given back", [.bought(-20, 900), .bought(0, 900, "p"), .refunded(0, "p")], (4, 1, 1)),
        Row("the only one taken back", [.bought(0, 4001, "p"), .retracted("p")], nil),

        // Equal cuts count each.
        Row("below equal cuts", once, by: equal, (5, 1, 5)),
        Row("above three", once, at: .day(1), by: equal, (2, 1, 5)),
        Row("above four", once, at: .day(6), by: equal, (1, 1, 5)),
        Row("twice, above three", times(2), by: equal, (5, 4, 1)),
        Row("three times, above four", times(3), by: equal, (5, 5, 1)),
        Row("spent, above two", [.bought(0, 51)], by: equal, (5, 1, 3)),
    ]

    @Test(arguments: rows) func scores(_ row: Row) {
        let events = Event.numbered(row.events)
        for events in [events, events.reversed()] {
            let result = Self.evaluate(events, at: row.t, row.cutoffs)
            #expect(result.rfm == row.expected)
            #expect((result.grade == nil) == (row.expected == nil))
        }
    }

    @Test(arguments: zip(3...15, "EEDDCCCBBBAAA")) func grade(_ sum: Int, _ grade: Character) {
        for r in 1...5 {
            for f in 1...5 where (1...5).contains(sum - r - f) {
                #expect(RFMScores(recency: r, frequency: f, monetary: sum - r - f).grade.name == String(grade))
            }
        }
    }

    /// F and M are 1 each, so that R decides: 7 is C, 6 and 5 are D, 4 and 3 are E, until the purchase leaves the year.
    @Test(arguments: [LocalCalendar.utc, .newYork, .shanghai]) func gradesTurnAtLocalMidnights(
        _ calendar: LocalCalendar
    ) {
        // 2025-10-20, 12:00 in New York and 16:00 in Greenwich; in Shanghai it is the 21st. Eleven days later New York
        // is four hours behind, after the 2nd of November five, and 365 days later four again.
        let bought: [Event] = [.on("2025-10-20T12:00:00-04:00", .purchase)]
        let turns: [String] =
            switch calendar {
            case .newYork: ["2025-10-31T04:00:00Z", "2025-11-20T05:00:00Z", "2026-10-20T04:00:00Z"]
            case .shanghai: ["2025-10-31T16:00:00Z", "2025-11-20T16:00:00Z", "2026-10-20T16:00:00Z"]
            default: ["2025-10-31T00:00:00Z", "2025-11-20T00:00:00Z", "2026-10-20T00:00:00Z"]
            }
        for (turn, grades) in zip(turns, ["CD", "DE", "E"]) {
            let before = Self.evaluate(bought, at: .time(turn, -1), Self.quintiles, calendar)
            #expect(before.grade?.name == grades.first.map(String.init))
            #expect(before.changesAt == .time(turn))
            let after = Self.evaluate(bought, at: .time(turn), Self.quintiles, calendar)
            #expect(after.grade?.name == grades.dropFirst().first.map(String.init))
        }
    }
}
