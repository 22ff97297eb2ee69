import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Levels and stages by hand: what happened on which day, when it is asked, what must come out.
@Suite struct LifecycleTests {
    static let day: Int64 = 86_400_000
    /// 2026-01-01T00:00:00Z.
    static let start: Int64 = 1_767_225_600_000

    static func evaluate(_ events: [(EventType, Double)], at days: Double, plus milliseconds: Int64 = 0) -> Evaluation {
        let batch = Event.batch(
            events.enumerated().map { number, event in
                var made = Event("e\(number)", event.0, at: start + Int64(event.1 * Double(day)))
                if event.0 == .purchase { made.amount = 1000 }
                return made
            })
        var fold = Fold(Profile(), FoldRules())
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        return Evaluation(
            fold.finish(), at: start + Int64(days * Double(day)) + milliseconds, model: .standard, calendar: .utc)
    }

    struct Row: Sendable {
        let events: [(EventType, Double)], at: Double, plus: Int64, stage: Lifecycle, next: Double?, nextPlus: Int64
        init(
            _ events: [(EventType, Double)], _ at: Double, _ plus: Int64, _ stage: Lifecycle, next: Double?,
            _ nextPlus: Int64 = 0
        ) {
            (self.events, self.at, self.plus, self.stage) = (events, at, plus, stage)
            (self.next, self.nextPlus) = (next, nextPlus)
        }
    }

    static let rows: [Row] = [
        Row([], 0, 0, .stranger, next: nil),
        Row([(.view, 0)], 400, 0, .stranger, next: nil),
        Row([(.messageSent, 0)], 1, 0, .stranger, next: nil),
        Row([(.like, 0)], 30, 0, .prospect, next: 30, 1),
        Row([(.like, 0)], 30, 1, .dormant, next: nil),
        Row([(.like, 0), (.view, 20)], 50, 0, .prospect, next: 50, 1),  // any inbound event keeps the prospect
        Row([(.purchase, 0)], 30, 0, .new, next: 30, 1),
        Row([(.purchase, 0)], 30, 1, .active, next: 90, 1),
        Row([(.purchase, 0)], 90, 0, .active, next: 90, 1),
        Row([(.purchase, 0)], 90, 1, .atRisk, next: 180),
        Row([(.purchase, 0)], 180, -1, .atRisk, next: 180),
        Row([(.purchase, 0)], 180, 0, .lapsed, next: nil),
        Row([(.purchase, 0), (.purchase, 0.5)], 1, 0, .active, next: 90.5, 1),  // two on one day are no gap
        Row([(.purchase, 0), (.purchase, 179)], 180, 0, .active, next: 269, 1),
        Row([(.purchase, 0), (.purchase, 180)], 181, 0, .wonBack, next: 210, 1),
        Row([(.purchase, 0), (.purchase, 180)], 210, 1, .active, next: 270, 1),
        Row([(.purchase, 0), (.purchase, 1), (.purchase, 2)], 3, 0, .loyal, next: 92, 1),
        // The first of three leaves the year at a local midnight, while the last is fresh.
        Row([(.purchase, 0.25), (.purchase, 300), (.purchase, 364.5)], 364.75, 0, .loyal, next: 365),
        Row([(.purchase, 0.25), (.purchase, 300), (.purchase, 364.5)], 365, 0, .active, next: 454.5, 1),
    ]

    @Test(arguments: rows.indices) func stages(_ index: Int) {
        let row = Self.rows[index]
        let result = Self.evaluate(row.events, at: row.at, plus: row.plus)
        #expect(result.lifecycle == row.stage)
        let next = row.next.map { Self.start + Int64($0 * Double(Self.day)) + row.nextPlus }
        #expect(result.changesAt == next ?? .max)
    }

    static let ladder: [([(EventType, Double)], Level)] = [
        ([], .visitor), ([(.view, 0), (.search, 1)], .visitor), ([(.followBack, 0)], .visitor),
        ([(.like, 0)], .interactor), ([(.follow, 0)], .fan), ([(.follow, 0), (.unfollow, 1)], .interactor),
        ([(.follow, 1), (.unfollow, 0)], .fan), ([(.follow, 0), (.followBack, 1)], .friend),
        ([(.follow, 0), (.followBack, 1), (.unfollowBack, 2)], .fan), ([(.purchase, 0)], .customer),
        ([(.purchase, 0), (.memberJoin, 1)], .member), ([(.memberJoin, 0), (.memberLeave, 1)], .interactor),
        ([(.memberJoin, 1), (.memberLeave, 0)], .member),
    ]

    @Test(arguments: ladder.indices) func levels(_ index: Int) {
        let result = Self.evaluate(Self.ladder[index].0, at: 10)
        #expect(result.level == Self.ladder[index].1)
        #expect(result.connection == Connection(result.level))
    }

    @Test func repeatBuyingFollowsThePublishedFixture() {
        // The fixture of pymc-marketing's tests: dates of 2015 and the modelling summary in days at 2015-02-07.
        let january: Int64 = 1_420_070_400_000
        let customers: [(days: [Int64], x: Int, recency: Int, tenure: Int)] = [
            ([0, 36], 1, 36, 37), ([0], 0, 0, 37), ([0, 1, 4], 2, 4, 37), ([15, 32, 35, 35], 2, 20, 22),
            ([15, 16, 17], 2, 2, 22), ([32], 0, 0, 5),
        ]
        for customer in customers {
            let batch = Event.batch(
                customer.days.enumerated().map { number, day in
                    var event = Event("e\(number)", .purchase, at: january + day * Self.day + Int64(number))
                    event.amount = 100
                    return event
                })
            var fold = Fold(Profile(), FoldRules())
            for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
            let result = Evaluation(
                fold.finish(), at: january + 37 * Self.day, model: .standard, calendar: .utc)
            #expect(result.repeatDays == customer.x)
            #expect(result.recencyDays == customer.recency)
            #expect(result.tenureDays == customer.tenure)
        }
    }
}
