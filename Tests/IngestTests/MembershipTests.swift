import Ingest
import Interactions
import Profiles
import Scoring
import Segments
import TestSupport
import Testing

/// Who comes into a segment and leaves it: when, and told once.
@Suite struct MembershipTests {
    static let day: Int64 = 86_400_000

    /// A person whose rows are kept as a store keeps them.
    struct Person {
        var fold: PersonFold
        var stored = Stored.absent
        var changes: [Changeset.MembershipChange] = []
        let customer = Array("crm:1".utf8)

        init(_ segments: [Segment], version: Int = 1) {
            fold = PersonFold(rules: FoldRules())
            apply(segments, version: version)
        }

        /// One revision a segment, numbered by its place and version.
        mutating func apply(_ segments: [Segment], version: Int) {
            var definitions = Definitions()
            definitions.versions.definitions = version
            let revisions = segments.enumerated().map { index, segment in
                SegmentRevision(
                    number: Int32(10 * version + index), id: segment.id, state: .current, version: version, digest: "")
            }
            definitions.segments = LiveSegments(
                revisions, SegmentProgram(segments, watching: segments.map(\.id)))
            fold.definitions = definitions
        }

        var standing: Ingest.Standing {
            guard case .profile(let profile) = stored else { preconditionFailure("nobody yet") }
            return profile.standing
        }

        mutating func add(_ events: [Event], at now: Int64) throws {
            let batch = Event.batch(events)
            var lane = Changeset.Lane()
            let places = batch.interactions.indices.map { EventPlace(piece: 0, index: $0) }
            let result = try fold.fold(
                customer, stored, NearEvents(places, in: [batch]), places.indices, pieces: [batch], now: now,
                into: &lane)
            stored = result.stored
            changes = lane.memberships
        }

        mutating func review(at now: Int64) throws {
            guard case .profile(let profile) = stored else { return }
            var lane = Changeset.Lane()
            stored = try fold.review(profile, now: now, into: &lane).stored
            changes = lane.memberships
        }
    }

    /// However late a review comes, what has turned is told with the millisecond at which it did, and nothing else is.
    @Test(arguments: Seeds.all(60)) func timeIsToldToTheMillisecond(_ seed: UInt64) throws {
        var history = RandomHistory(seed: seed)
        let count = 1 + history.random.below(25)
        let events = history.events(count, customer: "crm:1")
        var maker = RandomSegments(history.random)
        // Scores are exact to the second; these are all exact to the millisecond.
        let segments = (0..<6).map { Segment(id: "s\($0)", name: "", condition: Self.withoutScores(&maker)) }
        var random = maker.random
        let oracle = NaiveSegments(events, segments)
        var person = Person(segments)
        var now = (events.map(\.at).max() ?? 0) + 1
        try person.add(events, at: now)
        for _ in 0..<12 {
            let before = person.standing
            now += random.chance(50) ? max(0, before.reviewAt - now) : Int64(1 + random.below(200)) * 3_600_000
            let then = before.evaluatedAt
            try person.review(at: now)
            for (index, segment) in segments.enumerated() {
                let isMember = oracle.isMember(of: segment.id, at: now)
                #expect(
                    person.standing.segments.contains(Int32(10 + index)) == isMember,
                    "seed \(seed): \(segment) at \(now)")
                let change = person.changes.first { $0.segment == index }
                let wasMember = before.segments.contains(Int32(10 + index))
                #expect((change != nil) == (wasMember != isMember), "seed \(seed): \(segment) at \(now)")
                guard let change else { continue }
                #expect(change.isEntry == isMember)
                guard case .time = change.cause else {
                    Issue.record("seed \(seed): time alone did it")
                    continue
                }
                let at = change.effectiveAt
                #expect(at > then && at <= now, "seed \(seed)")
                #expect(oracle.isMember(of: segment.id, at: at) == isMember, "seed \(seed): \(segment) at \(at)")
                #expect(
                    oracle.isMember(of: segment.id, at: at - 1) != isMember, "seed \(seed): \(segment) before \(at)")
            }
        }
    }

    private static func withoutScores(_ maker: inout RandomSegments) -> Condition {
        while true {
            let condition = maker.condition(depth: maker.random.below(3))
            if !asksForScores(condition) { return condition }
        }
    }

    private static func asksForScores(_ condition: Condition) -> Bool {
        switch condition {
        case .all(let children), .any(let children): children.contains(where: asksForScores)
        case .not(let child): asksForScores(child)
        case .score, .percentile, .standing: true
        default: false
        }
    }

    private static func event(_ type: EventType, _ at: Int64, _ id: String) -> Event {
        Event(id, type, at: at)
    }

    private static let looked = Condition.measure(
        Measure(.count, EventFilter(EventTypeSet([.view])), .within(day)), Bounds(atLeast: 1))

    /// A window that ended before the event came is told as ended by time, not by the event.
    @Test func anEventThatComesAfterAWindowEndedDidNotEndIt() throws {
        var person = Person([Segment(id: "looked", name: "", condition: Self.looked)])
        let start = RandomHistory.origin
        try person.add([Self.event(.view, start, "1")], at: start + 5)
        #expect(person.changes.map(\.isEntry) == [true])
        #expect(person.changes.map(\.effectiveAt) == [start])
        #expect(person.standing.reviewAt == start + Self.day)
        try person.add([Self.event(.like, start + 2 * Self.day, "2")], at: start + 2 * Self.day + 9)
        #expect(person.changes.map(\.isEntry) == [false])
        #expect(person.changes.map(\.effectiveAt) == [start + Self.day])
        #expect(person.changes.contains { if case .time = $0.cause { true } else { false } })
    }

    /// Ended by time and begun again by the event, both between two commits: it is the present that is told.
    @Test func whatFlickersBetweenTwoCommitsIsNotTold() throws {
        var person = Person([Segment(id: "looked", name: "", condition: Self.looked)])
        let start = RandomHistory.origin
        try person.add([Self.event(.view, start, "1")], at: start)
        try person.add([Self.event(.view, start + 2 * Self.day, "2")], at: start + 2 * Self.day)
        #expect(person.changes.isEmpty)
        #expect(person.standing.segments == [10])
    }

    /// Another condition is told as such, with the instant at which it was first asked.
    @Test func otherDefinitionsAreTheCauseOfWhatTheyChange() throws {
        var person = Person([Segment(id: "looked", name: "", condition: Self.looked)])
        let start = RandomHistory.origin
        try person.add([Self.event(.view, start, "1")], at: start)
        person.apply([Segment(id: "looked", name: "", condition: .not(Self.looked))], version: 2)
        try person.review(at: start + 1000)
        #expect(person.changes.isEmpty && person.standing.segments.isEmpty)
        // The window ends: by time, whatever was applied.
        try person.review(at: start + 3 * Self.day)
        #expect(person.changes.map(\.effectiveAt) == [start + Self.day])
        person.apply([Segment(id: "looked", name: "", condition: .not(Self.looked))], version: 3)
        try person.review(at: start + 3 * Self.day + 1000)
        #expect(person.changes.map(\.effectiveAt) == [start + 3 * Self.day + 1000])
        #expect(person.changes.contains { if case .definition = $0.cause { true } else { false } })
        #expect(person.standing.segments == [30])
    }

    @Test func whatIsUndoneInOneBatchIsNotWritten() {
        var lane = Changeset.Lane()
        for (segment, isEntry) in [(0, true), (1, false), (1, true), (2, true)] {
            lane.memberships.append(
                Changeset.MembershipChange(
                    customer: .absent, segment: segment, isEntry: isEntry, effectiveAt: 0, cause: .time))
        }
        lane.cancel(0..<2, against: 2..<4)
        #expect(lane.memberships.map(\.isVoid) == [false, true, true, false])
    }

    /// The rows a document leads to, whatever was prepared before it.
    @Test func aDocumentLeadsToRevisions() {
        func revision(_ number: Int32, _ id: String, _ digest: String, _ state: SegmentRevision.State = .current)
            -> SegmentRevision
        { SegmentRevision(number: number, id: id, state: state, version: 1, digest: digest) }
        let plan = RevisionPlan(
            [
                revision(1, "same", "a"), revision(2, "changed", "a"), revision(3, "removed", "a"),
                revision(4, "back", "a"), revision(5, "back", "b", .preparing), revision(6, "new", "c", .preparing),
                revision(7, "again", "a"), revision(8, "again", "b", .preparing),
                revision(9, "dropped", "b", .preparing),
            ],
            digests: [
                ("same", "a"), ("changed", "b"), ("back", "a"), ("new", "c"), ("again", "c"), ("newest", "a"),
            ])
        #expect(plan.kept.map(\.number) == [1, 4, 6])
        #expect(plan.removed.map(\.number) == [3])
        #expect(plan.dropped == [5, 8, 9])
        #expect(plan.prepared.map(\.id) == ["changed", "again", "newest"])
        #expect(plan.prepared.map(\.replaces) == [2, 7, nil])
    }
}
