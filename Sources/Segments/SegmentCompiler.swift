import Interactions
import Scoring

/// Turns conditions into nodes and what their leaves ask for; equal conditions become one node.
struct SegmentCompiler {
    private let calibration: Calibration?
    private(set) var nodes: [SegmentProgram.Node] = []
    private(set) var leaves = CompiledLeaves()
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
        case .all(let children):
            let nodes = children.map { node($0) }
            compiled = .all(leaves.children.add(nodes))
        case .any(let children):
            let nodes = children.map { node($0) }
            compiled = .any(leaves.children.add(nodes))
        case .not(let child): compiled = .not(node(child))
        case .segment(let id):
            nodeOf[condition] = rootOf[id]!
            return rootOf[id]!
        default: compiled = leaf(condition)
        }
        nodes.append(compiled)
        nodeOf[condition] = nodes.count - 1
        return nodes.count - 1
    }

    private mutating func leaf(_ condition: Condition) -> SegmentProgram.Node {
        switch condition {
        case .measure(let measure, let bounds):
            return .measure(leaves.measures.add(CompiledMeasure(quantity: compile(measure), bounds: bounds)))
        case .ratio(let of, let to, let bounds):
            let ratio = CompiledRatio(of: compile(of), to: compile(to), bounds: bounds)
            return .ratio(leaves.ratios.add(ratio))
        case .sequence(let steps, let gap, let window):
            let filters = steps.map { compile($0) }
            let sequence = CompiledSequence(
                steps: leaves.steps.add(filters), gap: gap ?? .max, window: CompiledWindow(window))
            return .sequence(leaves.sequences.add(sequence))
        case .absent(let after, let then, let length):
            let absence = CompiledAbsence(after: compile(after), then: compile(then), longerThan: length)
            return .absent(leaves.absences.add(absence))
        case .last(let filter, let older, let newer):
            return .last(leaves.lasts.add(CompiledLast(filter: compile(filter), olderThan: older, newerThan: newer)))
        case .score(let score, let bounds):
            return .score(leaves.scores.add(CompiledScore(score: score, threshold: .within(bounds))))
        case .percentile(let score, let share):
            guard let cuts = calibration?.percentiles[score.name], cuts.count == 999 else { return .never }
            let cut = cuts[(share.isTop ? 1000 - share.permille : share.permille) - 1]
            let threshold = share.isTop ? Threshold.above(cut) : .notAbove(cut)
            return .score(leaves.scores.add(CompiledScore(score: score, threshold: threshold)))
        case .standing(let standing): return .standing(standing)
        case .tag(let name, let exists): return .tag(literal(name), exists: exists)
        case .attribute(let name, let test):
            let attribute = (name: literal(name), test: compile(test))
            return .attribute(leaves.attributes.add(attribute))
        case .all, .any, .not, .segment: preconditionFailure("not a leaf")
        }
    }

    private mutating func compile(_ measure: Measure) -> CompiledQuantity {
        CompiledQuantity(
            kind: measure.kind, filter: compile(measure.filter), window: CompiledWindow(measure.window))
    }

    private mutating func compile(_ filter: EventFilter) -> CompiledFilter {
        let tests = filter.restrictions.map { restriction -> CompiledTest in
            switch restriction {
            case .text(let dimension, let values):
                let names = values.map { literal($0) }
                return .text(dimension, leaves.names.add(names))
            case .rating(let test): return .rating(compile(test))
            case .amount(let test): return .amount(compile(test))
            }
        }
        // Only types there are: a set of all has bits that none belongs to.
        let types = EventTypeSet(EventType.allCases.filter { filter.types.contains($0) })
        return CompiledFilter(types: types, tests: leaves.tests.add(tests))
    }

    private mutating func compile(_ test: NumberTest) -> CompiledNumberTest {
        switch test {
        case .oneOf(let values): .oneOf(leaves.numbers.add(values))
        case .within(let bounds): .within(bounds)
        }
    }

    private mutating func compile(_ test: AttributeTest) -> CompiledAttributeTest {
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
        let place = leaves.literals.add(Array(text.utf8))
        literalOf[text] = place
        return place
    }
}

extension Array {
    /// Appends an element.
    ///
    /// - Returns: where it stands.
    fileprivate mutating func add(_ element: Element) -> Int {
        append(element)
        return count - 1
    }

    fileprivate mutating func add(_ elements: [Element]) -> Range<Int> {
        append(contentsOf: elements)
        return count - elements.count..<count
    }
}
