import Interactions
import Scoring

/// A group of people (分群): whoever the condition holds for, at every instant, with or without a new event.
public struct Segment: Hashable, Sendable {
    /// `[a-z0-9_]{1,64}`, stable for ever.
    public var id: String
    /// For people.
    public var name: String
    public var condition: Condition

    public init(id: String, name: String, condition: Condition) {
        self.id = id
        self.name = name
        self.condition = condition
    }

    public static let most = 1_000
    public static let mostConditions = 64
    public static let deepest = 16
    public static let longestID = 64
}

/// What must hold of a person: a tree whose leaves ask one thing each.
public indirect enum Condition: Hashable, Sendable {
    case all([Condition])
    case any([Condition])
    case not(Condition)

    /// The number, sum, or number of different values of events is within bounds.
    case measure(Measure, Bounds<Int64>)
    /// The quotient of two measures is within bounds; false when the second is 0.
    case ratio(Measure, Measure, Bounds<Double>)
    /// Events, one a step, each strictly later in timeline order and at most `gap` ms after the one before.
    case sequence([EventFilter], gap: Int64?, Window)
    /// The newest `after` is at least so many ms old, and no `then` is later than it.
    case absent(after: EventFilter, then: EventFilter, longerThan: Int64)
    /// The newest match is at least or less than so many ms old.
    case last(EventFilter, olderThan: Int64?, newerThan: Int64?)

    case score(Score, Bounds<Double>)
    /// Above the cut-off of the calibration in force, or not above it.
    case percentile(Score, Share)
    /// Level, lifecycle, tier, connection or grade is one of these.
    case standing(Standing)
    case tag(String, exists: Bool)
    case attribute(String, AttributeTest)
    /// Member of another segment, at the same instant.
    case segment(String)
}

extension Condition {
    /// The segments it names, as often as it names them; not those that they name.
    public var named: [String] {
        switch self {
        case .all(let children), .any(let children): children.flatMap(\.named)
        case .not(let child): child.named
        case .segment(let id): [id]
        default: []
        }
    }
}

extension Condition {
    /// The same, naming every segment otherwise.
    public func naming(_ name: (String) -> String) -> Condition {
        switch self {
        case .all(let children): .all(children.map { $0.naming(name) })
        case .any(let children): .any(children.map { $0.naming(name) })
        case .not(let child): .not(child.naming(name))
        case .segment(let id): .segment(name(id))
        default: self
        }
    }
}

extension [Segment] {
    /// Each after all that it names; what is or names a cycle is left out.
    public var inOrder: [Segment] {
        var waiting: [Int] = []
        var named: [String: [Int]] = [:]
        for (index, segment) in enumerated() {
            let ids = Set(segment.condition.named)
            waiting.append(ids.count)
            for id in ids { named[id, default: []].append(index) }
        }
        var result: [Segment] = []
        var ready = indices.filter { waiting[$0] == 0 }
        while let index = ready.popLast() {
            result.append(self[index])
            for next in named[self[index].id] ?? [] {
                waiting[next] -= 1
                if waiting[next] == 0 { ready.append(next) }
            }
        }
        return result
    }
}

/// Inclusive; at least one is given.
public struct Bounds<Value: Comparable & Hashable & Sendable>: Hashable, Sendable {
    public var atLeast: Value?
    public var atMost: Value?

    public init(atLeast: Value? = nil, atMost: Value? = nil) {
        self.atLeast = atLeast
        self.atMost = atMost
    }

    public static func exactly(_ value: Value) -> Bounds { Bounds(atLeast: value, atMost: value) }

    @inline(__always)
    public func contains(_ value: Value) -> Bool {
        if let atLeast, value < atLeast { return false }
        if let atMost, value > atMost { return false }
        return true
    }
}

/// A number made of events.
public struct Measure: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Events as sent: a refunded purchase is one.
        case count
        /// Minor units: a purchase at its net, every other event at its amount.
        case amount
        case quantity
        /// Milliseconds.
        case duration
        /// Different values of a dimension; events without one are not counted.
        case distinct(Dimension)
        /// Different local dates.
        case distinctDays
    }

    public var kind: Kind
    public var filter: EventFilter
    public var window: Window

    public init(_ kind: Kind, _ filter: EventFilter, _ window: Window = .ever) {
        self.kind = kind
        self.filter = filter
        self.window = window
    }
}

/// Which calibrated share of the people who have the score, in tenths of a percent.
public struct Share: Hashable, Sendable {
    public var isTop: Bool
    /// 1…999: 5 % is 50.
    public var permille: Int

    public init(isTop: Bool, permille: Int) {
        self.isTop = isTop
        self.permille = permille
    }
}

/// A rung of a ladder, as a set of its raw values. A grade that is NULL is in no set.
public struct Standing: Hashable, Sendable {
    public enum Ladder: String, CaseIterable, Sendable { case level, lifecycle, tier, connection, grade }

    public var ladder: Ladder
    public var rungs: UInt16

    public init(_ ladder: Ladder, rungs: UInt16) {
        self.ladder = ladder
        self.rungs = rungs
    }
}

/// What is asked of an attribute: within one JSON type, numbers by value. An absent one fulfils only `absent`.
public enum AttributeTest: Hashable, Sendable {
    case exists
    case absent
    case oneOf([AttributeValue])
    case number(Bounds<Double>)
}

public enum AttributeValue: Hashable, Sendable {
    case text(String)
    case number(Double)
    case boolean(Bool)
}
