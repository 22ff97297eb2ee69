import Interactions
import Profiles
import Scoring
import Segments
import TestSupport
import Testing

/// Whatever the segments and the history: membership is what the text says, and nothing changes before it was said to.
@Suite struct SegmentLawTests {
    static let day: Int64 = 86_400_000

    static func profile(_ events: [Event], _ rules: FoldRules) -> Profile {
        let batch = Event.batch(events)
        var fold = Fold(Profile(), rules)
        for event in batch.interactions where fold.apply(event, bytes: batch.bytes.span) {
            let settings = Int(event.settings.lowerBound)..<Int(event.settings.upperBound)
            if !settings.isEmpty { fold.apply(batch.settings[settings], of: event, bytes: batch.bytes.span) }
        }
        return fold.finish()
    }

    /// A person, segments, and what they are judged by.
    struct Subject {
        let events: [Event]
        let segments: [Segment]
        let profile: Profile
        let program: SegmentProgram
        let judge: Judge
        let oracle: NaiveSegments
        var random: SplitMix

        init(_ seed: UInt64, _ calendar: LocalCalendar = .utc, make: (inout RandomSegments) -> [Segment]) {
            var history = RandomHistory(seed: seed)
            let count = 1 + history.random.below(30)
            events = history.events(count)
            var calibration = Calibration()
            calibration.rfm = RFMCutoffs(
                recency: [3, 20, 20, 90], frequency: [1, 1, 2, 4], monetary: [1, 5_000, 12_000, 40_000])
            for score in Score.all where score.name != "clv" {
                calibration.percentiles[score.name] = (0..<999).map { Double($0) / 9.7 }
            }
            var maker = RandomSegments(history.random)
            segments = make(&maker)
            random = maker.random
            judge = Judge(model: .standard, calibration: calibration, calendar: calendar)
            program = SegmentProgram(segments, calibration: calibration)
            profile = SegmentLawTests.profile(events, FoldRules(calendar: calendar))
            oracle = NaiveSegments(
                events, segments, calendar: calendar, cutoffs: calibration.rfm, percentiles: calibration.percentiles)
        }

        func membership(at t: Int64) -> Membership {
            var evaluator = SegmentEvaluator(program, by: judge)
            return membership(at: t, &evaluator)
        }

        func membership(at t: Int64, _ evaluator: inout SegmentEvaluator) -> Membership {
            let evaluation = Evaluation(
                profile, at: t, model: judge.model, calibration: judge.calibration, calendar: judge.calendar)
            return evaluator.evaluate(profile, evaluation, at: t)
        }

        func names(_ membership: Membership) -> Set<String> {
            Set(membership.segments.indices.map { program.segments[$0].id })
        }

        /// Around the end of every window an event of the history can leave, and midnights.
        var candidates: [Int64] {
            var instants: Set<Int64> = []
            let lengths: [Int64] =
                [0, 1, 60_000, 3_600_000] + [1, 2, 3, 7, 30, 90, 180, 365, 400].map { $0 * SegmentLawTests.day }
            for event in events {
                for length in lengths { instants.insert(event.at + length) }
                for days in [1, 2, 7, 30, 90, 365] {
                    instants.insert(judge.calendar.start(of: judge.calendar.day(event.at) + days))
                }
            }
            return instants.flatMap { [$0 - 1, $0, $0 + 1] }.sorted()
        }
    }

    @Test(arguments: Seeds.all(120)) func membershipIsWhatTheTextSays(_ seed: UInt64) {
        for calendar in [LocalCalendar.utc, LocalCalendar(offset: 8 * 3_600_000, changes: [])] {
            var subject = Subject(seed, calendar) { $0.segments(12) }
            var evaluator = SegmentEvaluator(subject.program, by: subject.judge)
            var instants = (0..<3).map { _ in
                RandomHistory.origin + Int64(subject.random.below(400)) * 43_200_000
            }
            let candidates = subject.candidates
            instants += (0..<6).map { _ in subject.random.one(of: candidates) }
            for t in instants {
                let found = subject.names(subject.membership(at: t, &evaluator))
                let expected = Set(subject.segments.map(\.id).filter { subject.oracle.isMember(of: $0, at: t) })
                let different = subject.segments.filter { found.symmetricDifference(expected).contains($0.id) }
                #expect(different == [], "seed \(seed) at \(t)")
            }
        }
    }

    /// Looking only at the segments that read what has come since gives what looking at all of them does.
    @Test(arguments: Seeds.all(120)) func whatIsNotReadNeedNotBeLookedAt(_ seed: UInt64) {
        var subject = Subject(seed) { $0.segments(12) }
        var evaluator = SegmentEvaluator(subject.program, by: subject.judge)
        let distorting: Set<EventType> = [.retract, .refund, .erase, .link, .unlink]
        var known: [Event] = []
        var t = RandomHistory.origin - 40 * Self.day
        var earlier: Membership?
        for event in subject.events {
            known.append(event)
            let profile = Self.profile(known, FoldRules())
            let judge = subject.judge
            func evaluation(_ t: Int64) -> Evaluation {
                Evaluation(
                    profile, at: t, model: judge.model, calibration: judge.calibration, calendar: judge.calendar)
            }
            // Before the next change, while there is one to wait for.
            if let changesAt = earlier?.changesAt, changesAt < t + 10 * Self.day {
                t = max(t, changesAt - 1)
            } else {
                t += Int64(subject.random.below(10)) * Self.day
            }
            let all = evaluator.evaluate(profile, evaluation(t), at: t)
            if let before = earlier, before.changesAt > t, !distorting.contains(event.type) {
                let some = evaluator.evaluate(
                    profile, evaluation(t), at: t,
                    since: Earlier(types: EventTypeSet([event.type]), membership: before))
                #expect(some.segments == all.segments, "seed \(seed): \(event.type) at \(t)")
                #expect(some.changesAt <= all.changesAt, "seed \(seed): never late")
                earlier = subject.random.chance(50) ? some : all
            } else {
                earlier = all
            }
        }
    }

    /// At every instant at which anything could change, up to the one that was announced, membership is the same.
    @Test(arguments: Seeds.all(120)) func nothingChangesBeforeItWasSaidTo(_ seed: UInt64) {
        var subject = Subject(seed) { [Segment(id: "s", name: "", condition: $0.condition(depth: $0.random.below(3)))] }
        var evaluator = SegmentEvaluator(subject.program, by: subject.judge)
        let candidates = subject.candidates
        // Up to ten days before the newest event can be: some lie ahead.
        var t = RandomHistory.origin - Int64(subject.random.below(100)) * 8_640_000
        for _ in 0..<40 {
            let now = subject.membership(at: t, &evaluator)
            #expect(now.changesAt > t, "seed \(seed): what comes is later than now")
            for other in candidates where other > t && other < now.changesAt {
                let then = subject.membership(at: other, &evaluator)
                #expect(then.segments == now.segments, "seed \(seed): differs at \(other), said \(now.changesAt)")
                if then.segments != now.segments { return }
            }
            if now.changesAt == .max { break }
            if now.changesAt - t > 1 {
                let before = subject.membership(at: now.changesAt - 1, &evaluator)
                #expect(before.segments == now.segments, "seed \(seed): a millisecond early")
            }
            t = now.changesAt
        }
    }

    /// A leaf over events alone says the very millisecond.
    @Test(arguments: Seeds.all(120)) func eventsSayTheMillisecond(_ seed: UInt64) {
        var subject = Subject(seed) { maker in
            var condition = maker.leaf()
            while !Self.isOverEvents(condition) { condition = maker.leaf() }
            return [Segment(id: "s", name: "", condition: condition)]
        }
        var t = RandomHistory.origin - Int64(subject.random.below(100)) * 8_640_000
        while true {
            let now = subject.membership(at: t)
            if now.changesAt == .max { break }
            t = now.changesAt
            #expect(subject.membership(at: t).segments != now.segments, "seed \(seed) at \(t)")
        }
    }

    private static func isOverEvents(_ condition: Condition) -> Bool {
        switch condition {
        case .measure, .ratio, .sequence, .absent, .last: true
        default: false
        }
    }

    /// Whoever shares leaves with others is where it would be alone.
    @Test(arguments: Seeds.all(60)) func sharingChangesNothing(_ seed: UInt64) {
        let subject = Subject(seed) { maker in
            let leaves = (0..<3).map { _ in maker.leaf() }
            return (0..<9).map { number in
                let parts = (0..<2).map { _ in maker.random.one(of: leaves) }
                return Segment(
                    id: "s\(number)", name: "", condition: maker.random.chance(50) ? .all(parts) : .any(parts))
            }
        }
        let t = RandomHistory.origin
        let together = subject.names(subject.membership(at: t))
        for segment in subject.segments {
            let alone = SegmentProgram([segment], calibration: subject.judge.calibration)
            var evaluator = SegmentEvaluator(alone, by: subject.judge)
            let isMember = subject.membership(at: t, &evaluator).segments.contains(0)
            #expect(isMember == together.contains(segment.id), "seed \(seed), \(segment.id)")
        }
        #expect(subject.program.segments.map(\.id) == subject.segments.map(\.id).sorted())
    }
}

/// Explanations say what evaluation decides.
@Suite struct ExplanationTests {
    @Test(arguments: Seeds.all(100)) func theRootIsTheMembership(_ seed: UInt64) throws {
        let subject = SegmentLawTests.Subject(seed) { $0.segments(8) }
        var evaluator = SegmentEvaluator(subject.program, by: subject.judge)
        for days in [0, 1, 40] as [Int64] {
            let t = RandomHistory.origin + days * 86_400_000
            let evaluation = Evaluation(
                subject.profile, at: t, model: .standard, calibration: subject.judge.calibration,
                calendar: subject.judge.calendar)
            let membership = evaluator.evaluate(subject.profile, evaluation, at: t)
            for (index, segment) in subject.program.segments.enumerated() {
                let explained = evaluator.explain(segment.id, subject.profile, evaluation, at: t)
                let why = try #require(explained)
                #expect(why.holds == membership.segments.contains(index), "seed \(seed), \(segment.id)")
                #expect(why.condition == segment.condition)
                Self.check(why, subject, t, seed)
            }
        }
        let evaluation = Evaluation(subject.profile, at: 0, model: .standard, calendar: .utc)
        let nobody = evaluator.explain("nobody", subject.profile, evaluation, at: 0)
        #expect(nobody == nil)
    }

    /// Every node of the tree agrees with the text, and what it shows as events it counted.
    private static func check(
        _ why: Explanation, _ subject: SegmentLawTests.Subject, _ t: Int64, _ seed: UInt64
    ) {
        #expect(why.holds == subject.oracle.holds(why.condition, t), "seed \(seed): \(why.condition)")
        if case .measure(let measure, _) = why.condition, measure.kind == .count,
            why.evidence.count < Explanation.most
        {
            #expect(Double(why.evidence.count) == why.value, "seed \(seed): \(why.condition)")
        }
        #expect(why.shortened == [], "the timeline holds all of it")
        for child in why.children { check(child, subject, t, seed) }
    }

    /// What has left the timeline is said where it matters.
    @Test func whatIsMissingIsSaid() throws {
        let events = (0..<40).map { Event("v\($0)", .view, at: Int64($0) * 1000) }
        let profile = SegmentLawTests.profile(events, FoldRules())
        let views = EventFilter(EventTypeSet([.view]))
        let segments = [
            Segment(id: "all", name: "", condition: .measure(Measure(.count, views), Bounds(atLeast: 40))),
            Segment(
                id: "new", name: "",
                condition: .measure(Measure(.count, views, .within(10_000)), Bounds(atLeast: 1))),
            Segment(
                id: "old", name: "",
                condition: .measure(Measure(.count, views, .within(3_600_000)), Bounds(atMost: 31))),
        ]
        let judge = Judge(model: .standard, calibration: nil, calendar: .utc)
        var evaluator = SegmentEvaluator(SegmentProgram(segments), by: judge)
        let evaluation = Evaluation(profile, at: 40_000, model: .standard, calendar: .utc)
        func why(_ id: String) throws -> Explanation {
            let why = evaluator.explain(id, profile, evaluation, at: 40_000)
            return try #require(why)
        }
        #expect(try why("all").value == 40)
        #expect(try why("all").shortened == [])
        #expect(try why("new").shortened == [])
        #expect(try why("old").shortened == [.view])
        #expect(try why("new").evidence.map(\.time) == stride(from: 39_000, through: 31_000, by: -1000).map { $0 })
    }
}
