/// How far the relationship has come (用户层级): the highest rung whose condition holds.
package enum Level: UInt8, CaseIterable, Comparable, Sendable {
    case visitor, interactor, fan, friend, customer, member

    package var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    package init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    package static let names = ["visitor", "interactor", "fan", "friend", "customer", "member"]
    package static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
}

/// How strongly the person is connected (连接强度), read off the level.
package enum Connection: UInt8, CaseIterable, Comparable, Sendable {
    case weak, neutral, strong

    package init(_ level: Level) {
        switch level {
        case .visitor: self = .weak
        case .interactor, .fan: self = .neutral
        case .friend, .customer, .member: self = .strong
        }
    }

    package var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    package init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    package static let names = ["weak", "neutral", "strong"]
    package static func < (a: Connection, b: Connection) -> Bool { a.rawValue < b.rawValue }
}

/// Where the relationship is in its life (生命周期).
package enum Lifecycle: UInt8, CaseIterable, Sendable {
    case stranger, prospect, dormant, new, active, loyal, atRisk, lapsed, wonBack

    package var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    package init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    package static let names = [
        "stranger", "prospect", "dormant", "new", "active", "loyal", "at_risk", "lapsed", "won_back",
    ]
}

/// What the last year's spend or points have earned (会员等级).
package enum Tier: UInt8, CaseIterable, Comparable, Sendable {
    case none, silver, gold, platinum

    package var name: String { Self.names[Int(rawValue)] }
    /// Nil for what is no name of one.
    package init?(name: String) {
        guard let index = Self.names.firstIndex(of: name) else { return nil }
        self.init(rawValue: UInt8(index))
    }
    package static let names = ["none", "silver", "gold", "platinum"]
    package static func < (a: Tier, b: Tier) -> Bool { a.rawValue < b.rawValue }
}

/// The sum of the three RFM scores in five steps, best last.
package enum Grade: UInt8, CaseIterable, Comparable, Sendable {
    case e, d, c, b, a

    package var name: String { Self.names[Int(rawValue)] }
    package static let names = ["E", "D", "C", "B", "A"]
    package static func < (a: Grade, b: Grade) -> Bool { a.rawValue < b.rawValue }
}

/// How a purchase came about.
package enum PurchaseKind: UInt8, CaseIterable, Sendable {
    case new, repeated, referred

    package var name: String { Self.names[Int(rawValue)] }
    package static let names = ["new", "repeat", "referred"]
}

/// A trade model over the same facts: aware, interested, purchased, loyal.
package enum AIPL: UInt8, CaseIterable, Sendable {
    case aware, interested, purchased, loyal

    package var name: String { Self.names[Int(rawValue)] }
    package static let names = ["A", "I", "P", "L"]
}
