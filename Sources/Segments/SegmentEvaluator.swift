import Interactions
import Profiles
import Scoring

/// Which segments a person is in, and the first instant (Unix ms) at which time alone may change that; `.max` if never.
public struct Membership: Equatable, Sendable {
    public var segments: SegmentSet
    public var changesAt: Int64

    public init(segments: SegmentSet, changesAt: Int64) {
        self.segments = segments
        self.changesAt = changesAt
    }
}

/// What was known of a person before some events came.
public struct Earlier: Sendable {
    /// Of those events. None of them changes what others mean, as a retraction or a refund does.
    public var types: EventTypeSet
    /// `changesAt` lies ahead still.
    public var membership: Membership

    public init(types: EventTypeSet, membership: Membership) {
        self.types = types
        self.membership = membership
    }
}

/// Runs a program over one person after the other; keeps its working memory between them.
///
/// What leaves call is mutating even where it changes nothing: a method that is not, called in the middle of one that
/// is, gets a copy of all two thousand bytes of this.
public struct SegmentEvaluator: Sendable {
    public let program: SegmentProgram
    /// What a score at another instant is computed with.
    public let judge: Judge

    private var verdicts: Verdicts
    /// What the events at hand may change.
    private var awake: SegmentProgram.Wake

    // What is known of the person asked about, computed at most once.
    var names: Names
    var timeline = TimelineIndex()
    /// Net amounts of the purchases of the timeline, by their place among them; empty until asked for.
    var nets: [Int64] = []
    /// A day later: what the scores will have come to.
    var tomorrow = LaterScores()
    /// And at the next local midnight.
    var afterMidnight = LaterScores()
    /// What leaves the window of the measure at hand.
    var exits = Exits()
    /// What the steps of the sequence at hand found.
    var matches: [StepMatch] = []
    var chains: [Chain?] = []

    public init(_ program: SegmentProgram, by judge: Judge) {
        self.program = program
        self.judge = judge
        verdicts = Verdicts(program)
        awake = SegmentProgram.Wake(
            segments: SegmentSet(count: program.roots.count), nodes: NodeSet(count: program.nodes.count))
        names = Names(program.leaves.literals)
    }

    /// Every segment, at instant `t`.
    ///
    /// - Parameters:
    ///   - evaluation: of the profile at `t`, by the same judge.
    ///   - earlier: where it is known, only segments that read what has come since are looked at; those that do not are
    ///     as they were, and may change when they might have before.
    public mutating func evaluate(
        _ profile: borrowing Profile, _ evaluation: borrowing Evaluation, at t: Int64, since earlier: Earlier? = nil
    ) -> Membership {
        guard let earlier else {
            var membership = Membership(segments: SegmentSet(count: program.roots.count), changesAt: .max)
            run(profile, evaluation, at: t)
            for segment in program.roots.indices {
                let verdict = verdicts[program.roots[segment]]
                if verdict.holds { membership.segments.insert(segment) }
                membership.changesAt = min(membership.changesAt, verdict.changesAt)
            }
            return membership
        }
        var membership = earlier.membership
        awake.removeAll()
        earlier.types.forEach { awake.formUnion(program.wakes[$0]) }
        run(profile, evaluation, at: t, only: true)
        awake.segments.forEach { segment in
            let verdict = verdicts[program.roots[segment]]
            if verdict.holds { membership.segments.insert(segment) } else { membership.segments.remove(segment) }
            membership.changesAt = min(membership.changesAt, verdict.changesAt)
        }
        return membership
    }

    /// What a node comes to.
    public struct Reading: Equatable, Sendable {
        public var holds: Bool
        /// The first instant at which time alone may change it.
        public var changesAt: Int64 = .max
        /// What was measured, in the unit of its bounds; nil where nothing is, or what is NULL.
        public var value: Double?
    }

    /// - Parameter onlyAwake: of all nodes only those of `awake`.
    private mutating func run(
        _ profile: borrowing Profile, _ evaluation: borrowing Evaluation, at t: Int64, only onlyAwake: Bool = false
    ) {
        prepare(profile)
        let subject = Subject(t, judge.calendar)
        var types = timeline.types
        for row in profile.departed { types.insert(row.type) }
        verdicts.active.replace(with: program.always)
        types.forEach { verdicts.active.formUnion(program.readers[$0]) }
        if onlyAwake { verdicts.active.formIntersection(awake.nodes) }
        for word in verdicts.active.words.indices {
            var rest = verdicts.active.words[word]
            while rest != 0 {
                let index = word * 64 + rest.trailingZeroBitCount
                rest &= rest - 1
                let reading = read(program.nodes[index], profile, evaluation, subject, toTell: false)
                verdicts[index] = Verdicts.Verdict(holds: reading.holds, changesAt: reading.changesAt)
            }
        }
    }

    private mutating func prepare(_ profile: borrowing Profile) {
        names.forget()
        timeline.read(profile)
        nets.removeAll(keepingCapacity: true)
        tomorrow.forget()
        afterMidnight.forget()
    }

    /// What a node comes to, once those below it are known.
    ///
    /// - Parameter toTell: what was measured is wanted too, and not only what follows from it.
    private mutating func read(
        _ node: SegmentProgram.Node, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation,
        _ subject: borrowing Subject, toTell: Bool
    ) -> Reading {
        switch node {
        case .all(let children): verdicts.combined(children, of: program.leaves.children, isAll: true)
        case .any(let children): verdicts.combined(children, of: program.leaves.children, isAll: false)
        case .not(let child): verdicts.negated(child)
        case .measure(let place): read(program.leaves.measures[place], profile, subject, toTell: toTell)
        case .ratio(let place): read(program.leaves.ratios[place], profile, subject)
        case .sequence(let place): read(program.leaves.sequences[place], profile, subject)
        case .absent(let place): read(program.leaves.absences[place], profile, subject)
        case .last(let place): read(program.leaves.lasts[place], profile, subject)
        case .score(let place): read(program.leaves.scores[place], profile, evaluation, subject)
        case .standing(let standing): Self.read(standing, evaluation)
        case .tag(let name, let exists): readTag(name, exists, profile)
        case .attribute(let place): readAttribute(place, profile)
        case .never: Reading(holds: false)
        }
    }

    // MARK: - For explanations

    /// What each of the conditions comes to, every leaf with what it measured.
    mutating func readings(
        of conditions: Set<Condition>, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation, at t: Int64
    ) -> [Condition: Reading] {
        run(profile, evaluation, at: t)
        let subject = Subject(t, judge.calendar)
        var readings: [Condition: Reading] = [:]
        for condition in conditions {
            guard let node = program.nodeOf[condition] else { continue }
            readings[condition] = read(program.nodes[node], profile, evaluation, subject, toTell: true)
        }
        return readings
    }

    func compiledFilters(of condition: Condition) -> [(filter: CompiledFilter, window: CompiledWindow)] {
        program.nodeOf[condition].map { program.leaves.filters(of: program.nodes[$0]) } ?? []
    }
}

/// Where a person is looked at from.
struct Subject {
    let t: Int64
    let today: Int
    /// The next one.
    let midnight: Int64
    let calendar: LocalCalendar

    init(_ t: Int64, _ calendar: LocalCalendar) {
        self.t = t
        self.calendar = calendar
        today = calendar.day(t)
        midnight = calendar.start(of: today + 1)
    }

    /// When what leaves a window with this key does: windows of days count local ones.
    func instant(_ key: Int64, _ window: CompiledWindow) -> Int64 {
        if case .days = window { calendar.start(of: Int(key)) } else { key }
    }
}

/// The program's strings in the pool of the person asked about, each looked up when it is first needed.
struct Names: Sendable {
    private let literals: [[UInt8]]
    private let fingerprints: [UInt32]
    private var ids: [StringPool.ID]
    private var isKnown: [Bool]
    private var known: [Int] = []

    init(_ literals: [[UInt8]]) {
        self.literals = literals
        fingerprints = literals.map { StringPool.fingerprint($0.span) }
        ids = [StringPool.ID](repeating: StringPool.absent, count: literals.count)
        isKnown = [Bool](repeating: false, count: literals.count)
    }

    mutating func forget() {
        for literal in known { isKnown[literal] = false }
        known.removeAll(keepingCapacity: true)
    }

    /// `absent` where the person has no such string.
    mutating func id(_ literal: Int, _ strings: borrowing StringPool) -> StringPool.ID {
        if !isKnown[literal] {
            let bytes = literals[literal]
            ids[literal] = strings.find(bytes.span, fingerprint: fingerprints[literal])
            isKnown[literal] = true
            known.append(literal)
        }
        return ids[literal]
    }
}
