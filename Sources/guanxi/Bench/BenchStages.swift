import Decoding
import Ingest
import Interactions
import ProfileTables
import Profiles
import Scoring
import Segments
import Traffic

/// What a worker does with a batch, one step after the other on one core, without a broker or a database.
///
/// The people have a first wave of events behind them and get a second one. Each step is one function that is not
/// inlined, so that a profiler can be told to count it alone (`scripts/instructions`).
struct BenchStages {
    struct Stage {
        var name: String
        var units: Int
        var unit: String
        var nanoseconds: Double
    }

    private let rules: FoldRules
    private let records: Records
    /// The events of the second wave by person, and what is stored of each.
    private var people: [(customer: [UInt8], stored: Stored, events: NearEvents)] = []
    private let batch: InteractionBatch
    private let definitions: Definitions
    private let now: Int64

    init(_ rules: FoldRules, _ plan: TrafficPlan, segments: [Segment]) throws {
        self.rules = rules
        now = plan.start + 2 * plan.span
        var definitions = Definitions()
        let revisions = segments.enumerated().map { number, segment in
            SegmentRevision(number: Int32(number + 1), id: segment.id, state: .current, version: 1, digest: "")
        }
        definitions.segments = LiveSegments(revisions, SegmentProgram(segments, watching: segments.map(\.id)))
        self.definitions = definitions

        var second = plan
        second.wave = plan.wave + 1
        let first = Self.decode(Self.records(plan), rules, now: now)
        records = Self.records(second)
        batch = Self.decode(records, rules, now: now)
        var fold = PersonFold(rules: rules, definitions: definitions)
        var stored: [[UInt8]: Stored] = [:]
        for (customer, places) in Self.places(first) {
            var lane = Changeset.Lane()
            let events = NearEvents(places, in: [first])
            stored[customer] = try fold.fold(
                customer, .absent, events, events.all, pieces: [first], now: now, into: &lane
            ).stored
        }
        let batches = [batch]
        people = Self.places(batch).map {
            ($0.key, stored[$0.key] ?? .absent, NearEvents($0.value, in: batches))
        }
    }

    private static func records(_ plan: TrafficPlan) -> Records {
        var records = Records()
        var stream = TrafficStream(plan)
        let partition = Partition(topic: "bench", number: 0)
        while stream.next() {
            records.append(
                stream.value, key: stream.key, partition: partition, offset: Int64(records.records.count), timestamp: 0)
        }
        records.pad()
        return records
    }

    private static func places(_ batch: InteractionBatch) -> [[UInt8]: [EventPlace]] {
        var places: [[UInt8]: [EventPlace]] = [:]
        for (index, event) in batch.interactions.enumerated() {
            places[Array(batch.bytes[event.customer.range]), default: []].append(EventPlace(piece: 0, index: index))
        }
        return places
    }

    // MARK: - Steps

    @inline(never) private static func decode(_ records: Records, _ rules: FoldRules, now: Int64) -> InteractionBatch {
        var decoder = Decoder(key: rules.hashKey, limits: DecodingLimits())
        var batch = InteractionBatch()
        for index in records.records.indices {
            decoder.decode(
                records.bytes.span, value: records.records[index].value, isTombstone: false, isJSON: true,
                record: UInt32(index), now: now, into: &batch)
        }
        return batch
    }

    @inline(never) private static func read(_ states: [[UInt8]]) throws -> [Profile] {
        var profiles: [Profile] = []
        profiles.reserveCapacity(states.count)
        for state in states { profiles.append(try Profile(decoding: state.span)) }
        return profiles
    }

    @inline(never) private static func fold(
        _ profiles: [Profile], _ events: [NearEvents], _ batch: InteractionBatch, _ rules: FoldRules
    ) -> [Profile] {
        var folded: [Profile] = []
        folded.reserveCapacity(profiles.count)
        for (profile, events) in zip(profiles, events) {
            var fold = Fold(profile, rules)
            for event in events.interactions { _ = fold.apply(event, bytes: batch.bytes.span) }
            folded.append(fold.finish())
        }
        return folded
    }

    @inline(never) private static func score(
        _ profiles: [Profile], _ judge: Judge, now: Int64
    ) -> [Evaluation] {
        var evaluations: [Evaluation] = []
        evaluations.reserveCapacity(profiles.count)
        for profile in profiles {
            evaluations.append(Evaluation(profile, at: now, by: judge))
            _ = Tastes(profile, at: now, by: judge)
        }
        return evaluations
    }

    @inline(never) private static func evaluate(
        _ profiles: [Profile], _ evaluations: [Evaluation], _ evaluator: inout SegmentEvaluator, now: Int64
    ) -> Int {
        var members = 0
        for (profile, evaluation) in zip(profiles, evaluations) {
            members += evaluator.evaluate(profile, evaluation, at: now, since: nil).changesAt == .max ? 0 : 1
        }
        return members
    }

    @inline(never) private static func encode(_ profiles: inout [Profile]) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in profiles.indices { profiles[index].encode(into: &bytes) }
        return bytes
    }

    /// All of the above but decoding, as a worker does it.
    @inline(never) private static func whole(
        _ people: [(customer: [UInt8], stored: Stored, events: NearEvents)], _ batch: InteractionBatch,
        _ fold: inout PersonFold, now: Int64
    ) throws -> Changeset.Lane {
        var lane = Changeset.Lane(people: people.count)
        for person in people {
            _ = try fold.fold(
                person.customer, person.stored, person.events, person.events.all, pieces: [batch], now: now,
                into: &lane)
        }
        return lane
    }

    @inline(never) private static func rows(_ changeset: Changeset) -> Int { changeset.rowBytes() }

    // MARK: - Measuring

    /// - Parameter rounds: of which the quickest counts: what slows a round down is not the work.
    func run(rounds: Int) throws -> [Stage] {
        var stages: [Stage] = []
        func measure<Result>(
            _ name: String, _ units: Int, _ unit: String, _ work: () throws -> Result
        ) rethrows -> Result {
            var best = Duration.seconds(3600)
            var result: Result?
            for _ in 0..<rounds {
                let began = ContinuousClock.now
                result = try work()
                best = min(best, ContinuousClock.now - began)
            }
            stages.append(
                Stage(name: name, units: units, unit: unit, nanoseconds: best / .nanoseconds(1) / Double(units)))
            return result!
        }
        _ = measure("decode", records.records.count, "event") { Self.decode(records, rules, now: now) }
        let states = people.map { person -> [UInt8] in
            guard case .profile(let profile) = person.stored else { return [] }
            return profile.state
        }
        let known = states.indices.filter { !states[$0].isEmpty }
        let read = try measure("read", known.count, "person") { try Self.read(known.map { states[$0] }) }
        let events = known.map { people[$0].events }
        var folded = measure("fold", events.reduce(0) { $0 + $1.interactions.count }, "event") {
            Self.fold(read, events, batch, rules)
        }
        let judge = Judge(model: definitions.model, calibration: nil, calendar: rules.calendar)
        let evaluations = measure("score", folded.count, "person") {
            Self.score(folded, judge, now: now)
        }
        var evaluator = SegmentEvaluator(definitions.segments.program, by: judge)
        _ = measure("segments", folded.count, "person") {
            Self.evaluate(folded, evaluations, &evaluator, now: now)
        }
        _ = measure("encode", folded.count, "person") { Self.encode(&folded) }
        var fold = PersonFold(rules: rules, definitions: definitions)
        let lane = try measure("all of a person", people.count, "person") {
            try Self.whole(people, batch, &fold, now: now)
        }
        var changeset = Changeset(by: definitions)
        changeset.lanes = [lane]
        _ = measure("rows", people.count, "person") { Self.rows(changeset) }
        precondition(!batch.interactions.isEmpty, "the second wave has events")
        return stages
    }
}
