import Interactions
import Profiles
import Scoring

/// All segments as one flat list of nodes, children before parents, equal ones once.
///
/// A node stands for the same condition wherever it was written, so a leaf that a hundred segments share is evaluated
/// once. What a node reads is known: whoever has nothing of it gets its verdict from a table made at compile time.
///
/// A class because it never changes: its tables are reached through one word, whoever holds it.
public final class SegmentProgram: Sendable {
    /// Ascending by id.
    public let segments: [Segment]
    /// The ids of those that are evaluated, in the order of the bits of a `SegmentSet`.
    public let watched: [String]
    let nodes: [Node]
    let leaves: CompiledLeaves
    /// By watched segment: its root.
    let roots: [Int]
    /// For explanations: where a condition that was written went.
    let nodeOf: [Condition: Int]
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

    /// What is not said in the node itself is in a table of `leaves`, at the place that is.
    enum Node: Sendable {
        case all(Range<Int>)
        case any(Range<Int>)
        case not(Int)
        case measure(Int)
        case ratio(Int)
        case sequence(Int)
        case absent(Int)
        case last(Int)
        case score(Int)
        case standing(Standing)
        /// A literal.
        case tag(Int, exists: Bool)
        case attribute(Int)
        /// Percentiles of a score that no calibration knows.
        case never
    }

    /// - Parameters:
    ///   - segments: checked: ids are distinct, references exist and form no cycle.
    ///   - watched: which of them are evaluated, in the order of the bits; all, in the order of their ids, if nil.
    public init(_ segments: [Segment], watching watched: [String]? = nil, calibration: Calibration? = nil) {
        let segments = segments.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        let watched = watched ?? segments.map(\.id)
        var compiler = SegmentCompiler(calibration)
        for segment in segments.inOrder { compiler.add(segment) }
        let roots = watched.map { compiler.rootOf[$0]! }
        let (nodes, leaves) = (compiler.nodes, compiler.leaves)

        var readers = [NodeSet](repeating: NodeSet(count: nodes.count), count: EventType.tableSize)
        var always = NodeSet(count: nodes.count)
        var vacant: [Bool] = []
        // What each node reads: types of events, and whether anything else.
        var reads: [(types: EventTypeSet, other: Bool)] = []
        for (index, node) in nodes.enumerated() {
            let (types, other) = Self.reads(node, leaves, reads)
            reads.append((types, other))
            for type in EventType.allCases where types.contains(type) { readers[Int(type.rawValue)].insert(index) }
            if other { always.insert(index) }
            vacant.append(Self.vacantVerdict(node, leaves, vacant))
        }
        var wakes = [Wake](
            repeating: Wake(segments: SegmentSet(count: roots.count), nodes: NodeSet(count: nodes.count)),
            count: EventType.tableSize)
        for (segment, root) in roots.enumerated() {
            let below = Self.nodes(below: root, nodes, leaves)
            for type in EventType.allCases where reads[root].other || reads[root].types.contains(type) {
                wakes[Int(type.rawValue)].segments.insert(segment)
                wakes[Int(type.rawValue)].nodes.formUnion(below)
            }
        }
        (self.segments, self.watched, self.roots) = (segments, watched, roots)
        (self.nodes, self.leaves, nodeOf) = (nodes, leaves, compiler.nodeOf)
        (self.readers, self.always, self.wakes, self.vacant) = (readers, always, wakes, vacant)
    }

    /// The node itself and all it is made of.
    private static func nodes(below root: Int, _ nodes: [Node], _ leaves: CompiledLeaves) -> NodeSet {
        var found = NodeSet(count: nodes.count)
        var waiting = [root]
        while let index = waiting.popLast() {
            if found.contains(index) { continue }
            found.insert(index)
            switch nodes[index] {
            case .all(let children), .any(let children): waiting += leaves.children[children]
            case .not(let child): waiting.append(child)
            default: break
            }
        }
        return found
    }

    private static func reads(
        _ node: Node, _ leaves: CompiledLeaves, _ below: [(types: EventTypeSet, other: Bool)]
    ) -> (types: EventTypeSet, other: Bool) {
        switch node {
        case .all(let children), .any(let children):
            leaves.children[children].reduce((EventTypeSet(), false)) {
                ($0.0.union(below[$1].types), $0.1 || below[$1].other)
            }
        case .not(let child): below[child]
        case .measure, .ratio, .sequence, .absent, .last:
            (leaves.filters(of: node).reduce(EventTypeSet()) { $0.union($1.filter.types) }, false)
        case .score, .standing, .tag, .attribute: (EventTypeSet(), true)
        case .never: (EventTypeSet(), false)
        }
    }

    private static func vacantVerdict(_ node: Node, _ leaves: CompiledLeaves, _ below: [Bool]) -> Bool {
        switch node {
        case .all(let children): leaves.children[children].allSatisfy { below[$0] }
        case .any(let children): leaves.children[children].contains { below[$0] }
        case .not(let child): !below[child]
        case .measure(let place): leaves.measures[place].bounds.contains(0)
        // Whatever reads something else than events is always evaluated.
        default: false
        }
    }
}

extension CompiledLeaves {
    /// The events a leaf looks at.
    func filters(of node: SegmentProgram.Node) -> [(filter: CompiledFilter, window: CompiledWindow)] {
        switch node {
        case .measure(let place):
            let quantity = measures[place].quantity
            return [(quantity.filter, quantity.window)]
        case .ratio(let place):
            let ratio = ratios[place]
            return [(ratio.of.filter, ratio.of.window), (ratio.to.filter, ratio.to.window)]
        case .sequence(let place):
            let sequence = sequences[place]
            return steps[sequence.steps].map { ($0, sequence.window) }
        case .absent(let place): return [(absences[place].after, .ever), (absences[place].then, .ever)]
        case .last(let place): return [(lasts[place].filter, .ever)]
        default: return []
        }
    }
}

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
