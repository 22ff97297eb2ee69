import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Points of people with more events than the timeline keeps and more days than the day table: the ledger is what it
/// would be if all of it were still there.
@Suite struct SettledPointsTests {
    static func redeemed(_ day: Double, _ points: Int64) -> Event { .on(day, .pointsRedeem) { $0.quantity = points } }
    static func adjusted(_ day: Double, _ points: Int64) -> Event { .on(day, .pointsAdjust) { $0.quantity = points } }

    /// One review a day.
    static func reviews(_ days: ClosedRange<Int>) -> [Event] { days.map { .on(Double($0), .review) } }

    static let old: [Event] =
        .init(repeating: .on(0, .review), count: 3) + reviews(150...181) + [redeemed(200, 60)]
    static let refusedOne: [Event] =
        [.on(0, .review), redeemed(1, 15), redeemed(1.1, 10)]
        + (0..<128).map { redeemed(2 + Double($0) / 1000, 1000) }
    static let given: [Event] =
        [adjusted(0, 100), adjusted(0.1, -100)] + (0..<128).map { adjusted(1 + Double($0) / 1000, 1) }

    static let balances: [Case] = [
        Case("an old redemption took the old points", old, at: .day(460), is: 640),
        Case("also when the days have been summed", old + [.on(460, .view)], at: .day(460), is: 640),
        Case("refused one by one", refusedOne, at: .day(2.5), is: 5),
        Case("refused one by one, long ago", refusedOne + [.on(380, .review), .on(410, .view)], at: .day(410), is: 20),
        Case("given and taken on one day", given, at: .day(1.5), is: 128),
        Case(
            "alive for two years", reviews(0...40) + [redeemed(50, 100), .on(500, .view)], at: .day(500), is: 720
        ) { $0.pointsLife = 730 },
    ]

    @Test(arguments: balances) func balance(_ row: Case) {
        let batch = Event.batch(row.events)
        let rules = FoldRules()
        for size in [1, 7, row.events.count] {
            var profile = Profile()
            for start in stride(from: 0, to: batch.interactions.count, by: size) {
                var fold = Fold(profile, rules)
                for event in batch.interactions[start...].prefix(size) { fold.apply(event, bytes: batch.bytes.span) }
                profile = fold.finish()
                profile.age(by: row.model, rules)
            }
            let result = Evaluation(profile, at: row.t, model: row.model, calendar: .utc)
            #expect(Double(result.pointsBalance) == row.expected, "batches of \(size)")
        }
    }

    /// What was granted and has left the timeline counts towards a tier by points, whatever was taken that day.
    @Test func aTierByPointsCountsWhatWasGranted() {
        var model = ScoringModel.standard
        model.tiers.basis = .points
        model.tiers.silver = 200
        let result = Evaluation(Profile(of: Self.given), at: .day(2), model: model, calendar: .utc)
        #expect(result.tier == .silver)
    }

    // MARK: - Any history

    /// Years of a person who earns and spends; refunds and retractions come within a year of what they name.
    static func history(_ random: inout SplitMix) -> [Event] {
        let span = random.one(of: [300, 900, 1500])
        var events: [Event] = []
        for number in 0..<random.one(of: [60, 200, 500]) {
            let type = random.one(of: [
                EventType.review, .share, .follow, .unfollow, .comment, .purchase, .pointsRedeem, .pointsRedeem,
                .pointsAdjust, .view,
            ])
            var event = Event("e\(number)", type, at: .day(Double(random.below(span * 10)) / 10))
            event.channel = random.one(of: ["web", "app"])
            event.order = "o\(number)"
            event.amount = Int64(random.below(9000))
            event.quantity = type == .pointsAdjust ? Int64(random.below(80) - 50) | 1 : Int64(1 + random.below(90))
            events.append(event)
        }
        return events.sorted { $0.at < $1.at }
    }

    /// Events arrive as they happen, a day or so out of order, in batches of any size: the ledger within the day table
    /// equals the one of a timeline that keeps everything.
    @Test(arguments: Seeds.all(40)) func settlingChangesNothingThatIsStillAlive(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let events = Self.history(&random)
        for calendar in [LocalCalendar.utc, .shanghai] {
            let arrival = events.map { ($0, $0.at + Int64(random.below(86_400_000))) }.sorted { $0.1 < $1.1 }.map(\.0)
            let batch = Event.batch(arrival)
            let rules = FoldRules(calendar: calendar, keep: 3, keepLong: random.one(of: [4, 9]))
            var whole = Fold(Profile(), FoldRules(calendar: calendar, keep: 10_000, keepLong: 10_000))
            var profile = Profile()
            var next = 0
            while next < batch.interactions.count {
                var fold = Fold(profile, rules)
                let size = random.one(of: [1, 5, 40, 400])
                for event in batch.interactions[next...].prefix(size) {
                    fold.apply(event, bytes: batch.bytes.span)
                    whole.apply(event, bytes: batch.bytes.span)
                }
                next += size
                profile = fold.finish()
                profile.age(by: .standard, rules)
                // Through the store and back.
                var bytes: [UInt8] = []
                profile.encode(into: &bytes)
                profile = try Profile(decoding: bytes.span)
            }
            let all = whole.finish()
            let expected = PointsLedger(all, model: .standard, calendar: calendar)
            let found = PointsLedger(profile, model: .standard, calendar: calendar)
            let first = found.firstDay(of: profile, calendar)
            #expect(found.rows.filter { $0.day >= first } == expected.rows.filter { $0.day >= first }, "seed \(seed)")
            // And by the text, of the events themselves.
            let oracle = NaiveEvaluator(events, calendar: calendar)
            for days in stride(from: Int64(0), to: 400, by: 97) {
                let t = all.newest + days * 86_400_000
                let balance = found.balance(on: calendar.day(t))
                #expect(balance == oracle.evaluation(at: t).pointsBalance, "seed \(seed), \(days) days later")
            }
        }
    }

    /// However the log was cut, the state is the same to the byte.
    @Test(arguments: Seeds.all(40)) func batchesDoNotShow(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        let batch = Event.batch(Self.history(&random))
        let rules = FoldRules(keep: 3, keepLong: 5)
        var states: Set<[UInt8]> = []
        for size in [1, 13, batch.interactions.count] {
            var profile = Profile()
            for start in stride(from: 0, to: batch.interactions.count, by: size) {
                var fold = Fold(profile, rules)
                for event in batch.interactions[start...].prefix(size) { fold.apply(event, bytes: batch.bytes.span) }
                profile = fold.finish()
                profile.age(by: .standard, rules)
            }
            var bytes: [UInt8] = []
            profile.encode(into: &bytes)
            states.insert(bytes)
        }
        #expect(states.count == 1, "seed \(seed)")
    }

    /// More withdrawals than are kept one by one: added up, never forgotten.
    @Test func aHotSpenderStaysBounded() throws {
        var rules = FoldRules(keepLong: 4)
        rules.limits.pointsMoves = 16
        let events = [Event.bought(0, 100_000, "p")] + (0..<500).map { Self.redeemed(1 + Double($0) / 10, 1) }
        let batch = Event.batch(Event.numbered(events))
        var fold = Fold(Profile(), rules)
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        let profile = fold.finish()
        #expect(profile.points.moves.count == 16)
        #expect(profile.dropped > 0, "and says that it has")
        let result = Evaluation(profile, at: .day(60), model: .standard, calendar: .utc)
        #expect(result.pointsBalance == 500)
    }

    /// Days too: the oldest go first.
    @Test func daysStayBounded() {
        var rules = FoldRules(keep: 1)
        rules.limits.pointsDays = 50
        let batch = Event.batch(Event.numbered(Self.reviews(0...300) + [.on(690, .view)]))
        var fold = Fold(Profile(), rules)
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        var profile = fold.finish()
        profile.age(by: .standard, rules)
        #expect(profile.points.days.count == 50)
        #expect(profile.points.days.last.map { Int($0.day) } == LocalCalendar.utc.day(.day(290)))
        #expect(profile.dropped > 0, "and says that it has")
    }

    /// Two profiles of one person keep what either has settled.
    @Test func mergingKeepsWhatWasSettled() {
        let rules = FoldRules()
        let phone = Profile(of: Self.old + [.on(460, .view)])
        let web = Profile(of: [.on(459, .review) { $0.id = "w" }])
        for (a, b) in [(phone, web), (web, phone)] {
            var merged = Profile.merge(a, b, rules)
            merged.age(by: .standard, rules)
            let result = Evaluation(merged, at: .day(460), model: .standard, calendar: .utc)
            #expect(result.pointsBalance == 660)
        }
    }
}
