/// How far the relationship has come (用户层级): the highest rung whose condition holds.
public enum Level: UInt8, CaseIterable, Comparable, Sendable {
    case visitor, interactor, fan, friend, customer, member

    public var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    public static let names = ["visitor", "interactor", "fan", "friend", "customer", "member"]
    public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
}

/// How strongly the person is connected (连接强度), read off the level.
public enum Connection: UInt8, CaseIterable, Comparable, Sendable {
    case weak, neutral, strong

    public init(_ level: Level) {
        switch level {
        case .visitor: self = .weak
        case .interactor, .fan: self = .neutral
        case .friend, .customer, .member: self = .strong
        }
    }

    public var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    public static let names = ["weak", "neutral", "strong"]
    public static func < (a: Connection, b: Connection) -> Bool { a.rawValue < b.rawValue }
}

/// Where the relationship is in its life (生命周期).
public enum Lifecycle: UInt8, CaseIterable, Sendable {
    case stranger, prospect, dormant, new, active, loyal, atRisk, lapsed, wonBack

    public var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    public static let names = [
        "stranger", "prospect", "dormant", "new", "active", "loyal", "at_risk", "lapsed", "won_back",
    ]
}

/// What the last year's spend or points have earned (会员等级).
public enum Tier: UInt8, CaseIterable, Comparable, Sendable {
    case none, silver, gold, platinum

    public var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    public init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    public static let names = ["none", "silver", "gold", "platinum"]
    public static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
}

/// The sum of the three RFM scores in five steps, best last.
public enum Grade: UInt8, CaseIterable, Comparable, Sendable {
    case e, d, c, b, a

    public var name: String { Self.names[Int(rawValue)] }
    public static let names = ["E", "D", "C", "B", "A"]
    public static func < (a: Grade, b: Grade) -> Bool { a.rawValue < b.rawValue }
}

/// How a purchase came about.
public enum PurchaseKind: UInt8, CaseIterable, Sendable {
    case new, repeated, referred

    public var name: String { Self.names[Int(rawValue)] }
    public static let names = ["new", "repeat", "referred"]
}

/// A trade model over the same facts: aware, interested, purchased, loyal.
public enum AIPL: UInt8, CaseIterable, Sendable {
    case aware, interested, purchased, loyal

    public var name: String { Self.names[Int(rawValue)] }
    public static let names = ["A", "I", "P", "L"]
}
