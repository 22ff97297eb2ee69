import Interactions
import Scoring

/// What the nodes of a program ask for, a table a kind.
///
/// Lists stand in tables of their own and are named by their range, so that nearly all of it is plain numbers: to read
/// a leaf that holds an array or a box means to count who holds it, for every leaf of every person.
struct CompiledLeaves: Sendable {
    /// Nodes below `all` and `any`.
    var children: [Int] = []

    var measures: [CompiledMeasure] = []
    var ratios: [CompiledRatio] = []
    var sequences: [CompiledSequence] = []
    var absences: [CompiledAbsence] = []
    var lasts: [CompiledLast] = []
    var scores: [CompiledScore] = []
    /// Names are literals.
    var attributes: [(name: Int, test: CompiledAttributeTest)] = []

    /// Of sequences.
    var steps: [CompiledFilter] = []
    /// Of filters.
    var tests: [CompiledTest] = []
    /// What tests ask for: literals, and numbers.
    var names: [Int] = []
    var numbers: [Int64] = []
    /// Every string a filter, a tag or an attribute names.
    var literals: [[UInt8]] = []
}

/// An event filter; its tests are a range of the table of tests.
struct CompiledFilter: Sendable {
    var types: EventTypeSet
    var tests: Range<Int>
}

/// A restriction of a filter.
enum CompiledTest: Sendable {
    /// One of a range of the table of names.
    case text(Dimension, Range<Int>)
    case rating(CompiledNumberTest)
    case amount(CompiledNumberTest)
}

enum CompiledNumberTest: Sendable {
    /// A range of the table of numbers.
    case oneOf(Range<Int>)
    case within(Bounds<Int64>)
}

/// A window without its promotion's name.
enum CompiledWindow: Sendable {
    case ever
    case within(Int64)
    case days(Int)
    case between(Int64, Int64)

    init(_ window: Window) {
        switch window {
        case .ever: self = .ever
        case .within(let length): self = .within(length)
        case .days(let days): self = .days(days)
        case .between(let start, let end, _): self = .between(start, end)
        }
    }
}

struct CompiledQuantity: Sendable {
    var kind: Measure.Kind
    var filter: CompiledFilter
    var window: CompiledWindow
}

struct CompiledMeasure: Sendable {
    var quantity: CompiledQuantity
    var bounds: Bounds<Int64>
}

struct CompiledRatio: Sendable {
    var of: CompiledQuantity
    var to: CompiledQuantity
    var bounds: Bounds<Double>
}

struct CompiledSequence: Sendable {
    /// A range of the table of steps.
    var steps: Range<Int>
    var gap: Int64
    var window: CompiledWindow
}

struct CompiledAbsence: Sendable {
    var after: CompiledFilter
    var then: CompiledFilter
    var longerThan: Int64
}

struct CompiledLast: Sendable {
    var filter: CompiledFilter
    var olderThan: Int64?
    var newerThan: Int64?
}

enum CompiledAttributeTest: Sendable {
    case exists
    case absent
    case oneOf(texts: [Int], numbers: [Double], booleans: [Bool])
    case number(Bounds<Double>)
}

struct CompiledScore: Sendable {
    var score: Score
    var threshold: Threshold
}

/// What is asked of a score.
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
