import Interactions
import Profiles
import Scoring

/// By what people are judged beside their events: what a score at another instant is computed with.
public struct Judge: Sendable {
    public var model: ScoringModel
    public var calibration: Calibration?
    public var calendar: LocalCalendar

    public init(model: ScoringModel, calibration: Calibration?, calendar: LocalCalendar) {
        self.model = model
        self.calibration = calibration
        self.calendar = calendar
    }
}

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
public struct SegmentEvaluator: Sendable {
    public let program: SegmentProgram
    public let judge: Judge

    /// By node; those that are not active hold what holds for somebody without anything.
    private var verdicts: [Bool]
    private var changes: [Int64]
    private var active: NodeSet
    /// What the events at hand may change.
    private var awake: SegmentProgram.Wake

    // What is known of the person asked about, computed at most once.
    var names: Names
    /// By raw value of the type: its events in the timeline.
    var ranges = [Range<Int>](repeating: 0..<0, count: EventType.tableSize)
    /// Net amounts of the purchases of the timeline, by their place among them; empty until asked for.
    var nets: [Int64] = []
    /// A day later: what the scores will have come to.
    var tomorrow: Evaluation?
    /// And at the next local midnight.
    var afterMidnight: Evaluation?
    /// What leaves the window of the measure at hand.
    var exits: [Exit] = []

    public init(_ program: SegmentProgram, by judge: Judge) {
        self.program = program
        self.judge = judge
        verdicts = program.vacant
        changes = [Int64](repeating: .max, count: program.nodes.count)
        active = NodeSet(count: program.nodes.count)
        awake = SegmentProgram.Wake(
            segments: SegmentSet(count: program.roots.count), nodes: NodeSet(count: program.nodes.count))
        names = Names(program)
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
            for (segment, root) in program.roots.enumerated() {
                if verdicts[root] { membership.segments.insert(segment) }
                membership.changesAt = min(membership.changesAt, changes[root])
            }
            reset()
            return membership
        }
        var membership = earlier.membership
        awake.removeAll()
        earlier.types.forEach { awake.formUnion(program.wakes[$0]) }
        run(profile, evaluation, at: t, only: true)
        for segment in awake.segments.indices {
            let root = program.roots[segment]
            if verdicts[root] { membership.segments.insert(segment) } else { membership.segments.remove(segment) }
            membership.changesAt = min(membership.changesAt, changes[root])
        }
        reset()
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
        active = program.always
        profile.types.forEach { active.formUnion(program.readers[$0]) }
        if onlyAwake { active.formIntersection(awake.nodes) }
        for word in active.words.indices {
            var rest = active.words[word]
            while rest != 0 {
                let index = word * 64 + rest.trailingZeroBitCount
                rest &= rest - 1
                switch program.nodes[index] {
                case .leaf(let leaf):
                    let reading = read(leaf, profile, evaluation, subject)
                    verdicts[index] = reading.holds
                    changes[index] = reading.changesAt
                case .not(let child):
                    verdicts[index] = !verdicts[child]
                    changes[index] = changes[child]
                case .all(let children): combine(children, into: index, isAll: true)
                case .any(let children): combine(children, into: index, isAll: false)
                }
            }
        }
    }

    private mutating func prepare(_ profile: borrowing Profile) {
        names.forget()
        nets.removeAll(keepingCapacity: true)
        tomorrow = nil
        afterMidnight = nil
        for type in ranges.indices { ranges[type] = 0..<0 }
        var start = 0
        while start < profile.entries.count {
            let type = profile.entries[start].type
            var end = start + 1
            while end < profile.entries.count, profile.entries[end].type == type { end += 1 }
            ranges[Int(type.rawValue)] = start..<end
            start = end
        }
    }

    /// One child decides: a false one of `all`, a true one of `any`. While there is one nothing changes, so the last of
    /// them to change is awaited; where there is none, the first of all.
    private mutating func combine(_ children: [Int], into index: Int, isAll: Bool) {
        var first = Int64.max
        var lastDeciding = Int64.min
        var isDecided = false
        for child in children {
            first = min(first, changes[child])
            if verdicts[child] != isAll {
                isDecided = true
                lastDeciding = max(lastDeciding, changes[child])
            }
        }
        verdicts[index] = isAll != isDecided
        changes[index] = isDecided ? lastDeciding : first
    }

    private mutating func reset() {
        for word in active.words.indices {
            var rest = active.words[word]
            while rest != 0 {
                let index = word * 64 + rest.trailingZeroBitCount
                rest &= rest - 1
                verdicts[index] = program.vacant[index]
                changes[index] = .max
            }
        }
    }

    private mutating func read(
        _ leaf: SegmentProgram.Leaf, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation,
        _ subject: Subject
    ) -> Reading {
        switch leaf {
        case .measure(let measure, let bounds): return read(measure, bounds, profile, subject)
        case .ratio(let of, let to, let bounds): return read(of, to, bounds, profile, subject)
        case .sequence(let steps, let gap, let window): return read(steps, gap, window, profile, subject)
        case .absent(let after, let then, let length): return readAbsent(after, then, length, profile, subject)
        case .last(let filter, let older, let newer): return readLast(filter, older, newer, profile, subject)
        case .score(let score, let threshold): return read(score, threshold, profile, evaluation, subject)
        case .standing(let standing): return read(standing, evaluation)
        case .tag(let name, let exists): return readTag(name, exists, profile)
        case .attribute(let name, let test): return readAttribute(name, test, profile)
        case .never: return Reading(holds: false)
        }
    }

    // MARK: - For explanations

    /// What each of the conditions comes to, every leaf with what it measured.
    mutating func readings(
        of conditions: Set<Condition>, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation, at t: Int64
    ) -> [Condition: Reading] {
        run(profile, evaluation, at: t)
        var readings: [Condition: Reading] = [:]
        for condition in conditions {
            guard let node = program.nodeOf[condition] else { continue }
            var reading = Reading(holds: verdicts[node], changesAt: changes[node])
            if case .leaf(let leaf) = program.nodes[node] {
                let subject = Subject(t, judge.calendar)
                reading.value = read(leaf, profile, evaluation, subject).value
            }
            readings[condition] = reading
        }
        reset()
        return readings
    }

    mutating func compiledFilters(of condition: Condition) -> [(filter: CompiledFilter, window: Window)] {
        guard let node = program.nodeOf[condition], case .leaf(let leaf) = program.nodes[node] else { return [] }
        switch leaf {
        case .measure(let measure, _): return [(measure.filter, measure.window)]
        case .ratio(let of, let to, _): return [(of.filter, of.window), (to.filter, to.window)]
        case .sequence(let steps, _, let window): return steps.map { ($0, window) }
        case .absent(let after, let then, _): return [(after, .ever), (then, .ever)]
        case .last(let filter, _, _): return [(filter, .ever)]
        case .score, .standing, .tag, .attribute, .never: return []
        }
    }
}

/// Where a person is looked at from.
struct Subject {
    let t: Int64
    let today: Int
    let calendar: LocalCalendar

    init(_ t: Int64, _ calendar: LocalCalendar) {
        self.t = t
        self.calendar = calendar
        today = calendar.day(t)
    }
}

/// When something leaves a window, and what it takes with it.
struct Exit {
    /// Unix ms; or a local day, where the window counts those.
    var key: Int64
    var value: Int64
    /// What must not be counted twice.
    var name: Int64 = 0
}

/// The program's strings in the pool of the person asked about, each looked up when it is first needed.
struct Names: Sendable {
    private let literals: [[UInt8]]
    private let fingerprints: [UInt32]
    private var ids: [StringPool.ID]
    private var isKnown: [Bool]
    private var known: [Int] = []

    init(_ program: SegmentProgram) {
        literals = program.literals
        fingerprints = program.fingerprints
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
