import Interactions
import Profiles
import Scoring

/// All segments as one flat list of nodes, children before parents, equal ones once.
///
/// A node stands for the same condition wherever it was written, so a leaf that a hundred segments share is evaluated
/// once. What a node reads is known: whoever has nothing of it gets its verdict from a table made at compile time.
public struct SegmentProgram: Sendable {
    /// Ascending by id.
    public let segments: [Segment]
    /// The ids of those that are evaluated, in the order of the bits of a `SegmentSet`.
    public let watched: [String]
    let nodes: [Node]
    /// By watched segment: its root.
    let roots: [Int]
    /// For explanations: where a condition that was written went.
    let nodeOf: [Condition: Int]
    /// Every string a filter or a tag names, and its fingerprint.
    let literals: [[UInt8]]
    let fingerprints: [UInt32]
    /// By event type: the nodes that somebody with events of it must evaluate. The nodes that read something else than
    /// events are in all of them and in `always`.
    let readers: [NodeSet]
    let always: NodeSet
    /// By event type: what an event of it may change. Segments that read something else than events are in all of them.
    let wakes: [Wake]
    /// By node: its verdict on somebody who has none of what it reads, which time does not change.
    let vacant: [Bool]

    /// Segments, and the nodes they are made of.
    struct Wake: Sendable {
        var segments: SegmentSet
        var nodes: NodeSet
    }

    enum Node: Sendable {
        case all([Int])
        case any([Int])
        case not(Int)
        case leaf(Leaf)
    }

    /// Indirect: a node is moved as one word.
    indirect enum Leaf: Sendable {
        case measure(CompiledMeasure, Bounds<Int64>)
        case ratio(CompiledMeasure, CompiledMeasure, Bounds<Double>)
        case sequence([CompiledFilter], gap: Int64, Window)
        case absent(after: CompiledFilter, then: CompiledFilter, longerThan: Int64)
        case last(CompiledFilter, olderThan: Int64?, newerThan: Int64?)
        case score(Score, Threshold)
        case standing(Standing)
        case tag(Int, exists: Bool)
        case attribute(Int, CompiledAttributeTest)
        /// Percentiles of a score that no calibration knows.
        case never
    }

    enum Threshold: Sendable {
        case within(Bounds<Double>)
        case above(Double)
        case notAbove(Double)

        func holds(_ value: Double?) -> Bool {
            guard let value else { return false }
            return switch self {
            case .within(let bounds): bounds.contains(value)
            case .above(let cut): value > cut
            case .notAbove(let cut): value <= cut
            }
        }
    }

    enum CompiledAttributeTest: Sendable {
        case exists
        case absent
        case oneOf(texts: [Int], numbers: [Double], booleans: [Bool])
        case number(Bounds<Double>)
    }

    /// - Parameters:
    ///   - segments: checked: ids are distinct, references exist and form no cycle.
    ///   - watched: which of them are evaluated, in the order of the bits; all, in the order of their ids, if nil.
    public init(_ segments: [Segment], watching watched: [String]? = nil, calibration: Calibration? = nil) {
        self.segments = segments.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        self.watched = watched ?? self.segments.map(\.id)
        var compiler = Compiler(calibration)
        for segment in self.segments.inOrder { compiler.add(segment) }
        roots = self.watched.map { compiler.rootOf[$0]! }
        nodes = compiler.nodes
        nodeOf = compiler.nodeOf
        literals = compiler.literals
        fingerprints = literals.map { StringPool.fingerprint($0.span) }

        var readers = [NodeSet](repeating: NodeSet(count: nodes.count), count: EventType.tableSize)
        var always = NodeSet(count: nodes.count)
        var vacant: [Bool] = []
        // What each node reads: types of events, and whether anything else.
        var reads: [(types: EventTypeSet, other: Bool)] = []
        for (index, node) in nodes.enumerated() {
            let (types, other) = Self.reads(node, reads)
            reads.append((types, other))
            for type in EventType.allCases where types.contains(type) { readers[Int(type.rawValue)].insert(index) }
            if other { always.insert(index) }
            vacant.append(Self.vacantVerdict(node, vacant))
        }
        (self.readers, self.always, self.vacant) = (readers, always, vacant)
        var wakes = [Wake](
            repeating: Wake(segments: SegmentSet(count: roots.count), nodes: NodeSet(count: nodes.count)),
            count: EventType.tableSize)
        for (segment, root) in roots.enumerated() {
            let below = Self.nodes(below: root, nodes)
            for type in EventType.allCases where reads[root].other || reads[root].types.contains(type) {
                wakes[Int(type.rawValue)].segments.insert(segment)
                wakes[Int(type.rawValue)].nodes.formUnion(below)
            }
        }
        self.wakes = wakes
    }

    /// The node itself and all it is made of.
    private static func nodes(below root: Int, _ nodes: [Node]) -> NodeSet {
        var found = NodeSet(count: nodes.count)
        var waiting = [root]
        while let index = waiting.popLast() {
            if found.contains(index) { continue }
            found.insert(index)
            switch nodes[index] {
            case .all(let children), .any(let children): waiting += children
            case .not(let child): waiting.append(child)
            case .leaf: break
            }
        }
        return found
    }

    private static func reads(
        _ node: Node, _ below: [(types: EventTypeSet, other: Bool)]
    ) -> (types: EventTypeSet, other: Bool) {
        switch node {
        case .all(let children), .any(let children):
            children.reduce((EventTypeSet(), false)) {
                ($0.0.union(below[$1].types), $0.1 || below[$1].other)
            }
        case .not(let child): below[child]
        case .leaf(let leaf):
            switch leaf {
            case .measure(let measure, _): (measure.filter.types, false)
            case .ratio(let of, let to, _): (of.filter.types.union(to.filter.types), false)
            case .sequence(let steps, _, _): (steps.reduce(EventTypeSet()) { $0.union($1.types) }, false)
            case .absent(let after, let then, _): (after.types.union(then.types), false)
            case .last(let filter, _, _): (filter.types, false)
            case .score, .standing, .tag, .attribute: (EventTypeSet(), true)
            case .never: (EventTypeSet(), false)
            }
        }
    }

    private static func vacantVerdict(_ node: Node, _ below: [Bool]) -> Bool {
        switch node {
        case .all(let children): children.allSatisfy { below[$0] }
        case .any(let children): children.contains { below[$0] }
        case .not(let child): !below[child]
        case .leaf(.measure(_, let bounds)): bounds.contains(0)
        // Whatever reads something else than events is always evaluated.
        case .leaf: false
        }
    }
}

/// An event filter whose strings are numbers of the program's literals.
struct CompiledFilter: Hashable, Sendable {
    enum Test: Hashable, Sendable {
        case text(Dimension, [Int])
        case rating(NumberTest)
        case amount(NumberTest)
    }

    var types: EventTypeSet
    var typeList: [EventType]
    var tests: [Test]
}

struct CompiledMeasure: Hashable, Sendable {
    var kind: Measure.Kind
    var filter: CompiledFilter
    var window: Window
}

// MARK: - Sets

/// A set of segments, by their number among those that a program watches.
public struct SegmentSet: Hashable, Sendable {
    public private(set) var words: [UInt64]

    public init(count: Int) { words = [UInt64](repeating: 0, count: (count + 63) / 64) }

    public func contains(_ index: Int) -> Bool { words[index / 64] >> UInt64(index % 64) & 1 == 1 }
    public mutating func insert(_ index: Int) { words[index / 64] |= 1 << UInt64(index % 64) }
    public mutating func formUnion(_ other: SegmentSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }
    mutating func formIntersection(_ other: SegmentSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    public mutating func remove(_ index: Int) { words[index / 64] &= ~(1 << UInt64(index % 64)) }

    /// What is in one of two sets of the same program and not in the other.
    public func symmetricDifference(_ other: SegmentSet) -> SegmentSet {
        var result = self
        for index in words.indices { result.words[index] ^= other.words[index] }
        return result
    }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func removeAll() { for index in words.indices { words[index] = 0 } }

    /// Ascending.
    @inline(__always)
    public func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// Ascending.
    public var indices: [Int] {
        var result: [Int] = []
        forEach { result.append($0) }
        return result
    }
}

typealias NodeSet = SegmentSet

extension SegmentProgram.Wake {
    mutating func formUnion(_ other: SegmentProgram.Wake) {
        segments.formUnion(other.segments)
        nodes.formUnion(other.nodes)
    }

    mutating func removeAll() {
        segments.removeAll()
        nodes.removeAll()
    }
}

// MARK: - Compiling

private struct Compiler {
    private let calibration: Calibration?
    private(set) var nodes: [SegmentProgram.Node] = []
    private(set) var literals: [[UInt8]] = []
    private(set) var nodeOf: [Condition: Int] = [:]
    private(set) var rootOf: [String: Int] = [:]
    private var literalOf: [String: Int] = [:]

    init(_ calibration: Calibration?) { self.calibration = calibration }

    /// Compiles a segment after all it names.
    mutating func add(_ segment: Segment) { rootOf[segment.id] = node(segment.condition) }

    private mutating func node(_ condition: Condition) -> Int {
        if let known = nodeOf[condition] { return known }
        let compiled: SegmentProgram.Node
        switch condition {
        case .all(let children): compiled = .all(children.map { node($0) })
        case .any(let children): compiled = .any(children.map { node($0) })
        case .not(let child): compiled = .not(node(child))
        case .segment(let id):
            nodeOf[condition] = rootOf[id]!
            return rootOf[id]!
        default: compiled = .leaf(leaf(condition))
        }
        nodes.append(compiled)
        nodeOf[condition] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func leaf(_ condition: Condition) -> SegmentProgram.Leaf {
        switch condition {
        case .measure(let measure, let bounds): return .measure(compile(measure), bounds)
        case .ratio(let of, let to, let bounds): return .ratio(compile(of), compile(to), bounds)
        case .sequence(let steps, let gap, let window):
            return .sequence(steps.map { compile($0) }, gap: gap ?? .max, window)
        case .absent(let after, let then, let length):
            return .absent(after: compile(after), then: compile(then), longerThan: length)
        case .last(let filter, let older, let newer):
            return .last(compile(filter), olderThan: older, newerThan: newer)
        case .score(let score, let bounds): return .score(score, .within(bounds))
        case .percentile(let score, let share):
            guard let cuts = calibration?.percentiles[score.name], cuts.count == 999 else { return .never }
            let cut = cuts[(share.isTop ? 1000 - share.permille : share.permille) - 1]
            return .score(score, share.isTop ? .above(cut) : .notAbove(cut))
        case .standing(let standing): return .standing(standing)
        case .tag(let name, let exists): return .tag(literal(name), exists: exists)
        case .attribute(let name, let test): return .attribute(literal(name), compile(test))
        case .all, .any, .not, .segment: preconditionFailure("not a leaf")
        }
    }

    private mutating func compile(_ measure: Measure) -> CompiledMeasure {
        CompiledMeasure(kind: measure.kind, filter: compile(measure.filter), window: measure.window)
    }

    private mutating func compile(_ filter: EventFilter) -> CompiledFilter {
        let tests = filter.restrictions.map { restriction -> CompiledFilter.Test in
            switch restriction {
            case .text(let dimension, let values): .text(dimension, values.map { literal($0) })
            case .rating(let test): .rating(test)
            case .amount(let test): .amount(test)
            }
        }
        let list = EventType.allCases.filter { filter.types.contains($0) }
        return CompiledFilter(types: filter.types, typeList: list, tests: tests)
    }

    private mutating func compile(_ test: AttributeTest) -> SegmentProgram.CompiledAttributeTest {
        switch test {
        case .exists: return .exists
        case .absent: return .absent
        case .number(let bounds): return .number(bounds)
        case .oneOf(let values):
            var texts: [Int] = []
            var numbers: [Double] = []
            var booleans: [Bool] = []
            for value in values {
                switch value {
                case .text(let text): texts.append(literal(text))
                case .number(let number): numbers.append(number)
                case .boolean(let boolean): booleans.append(boolean)
                }
            }
            return .oneOf(texts: texts, numbers: numbers, booleans: booleans)
        }
    }

    private mutating func literal(_ text: String) -> Int {
        if let known = literalOf[text] { return known }
        literals.append(Array(text.utf8))
        literalOf[text] = literals.count - 1
        return literals.count - 1
    }
}
