import Interactions
import Profiles

/// Which events: of these types, not retracted, and within every restriction.
public struct EventFilter: Hashable, Sendable {
    public var types: EventTypeSet
    public var restrictions: [Restriction]

    public init(_ types: EventTypeSet, where restrictions: [Restriction] = []) {
        self.types = types
        self.restrictions = restrictions
    }
}

/// A field that must be given and be one of these. Strings compare by bytes.
public enum Restriction: Hashable, Sendable {
    case text(Dimension, [String])
    /// Hundredths.
    case rating(NumberTest)
    /// Minor units, as sent: gross.
    case amount(NumberTest)
}

public enum NumberTest: Hashable, Sendable {
    case oneOf([Int64])
    case within(Bounds<Int64>)

    @inline(__always) func holds(_ value: Int64) -> Bool {
        switch self {
        case .oneOf(let values): values.contains(value)
        case .within(let bounds): bounds.contains(value)
        }
    }
}

/// A field of an event that names something.
public enum Dimension: String, CaseIterable, Hashable, Sendable {
    case channel, item, category, brand, campaign, city

    @inline(__always) func value(of entry: Entry) -> StringPool.ID {
        switch self {
        case .channel: entry.channel
        case .item: entry.item
        case .category: entry.category
        case .brand: entry.brand
        case .campaign: entry.campaign
        case .city: entry.city
        }
    }
}

/// When: everything, the last while, the last calendar days, or between two instants.
public enum Window: Hashable, Sendable {
    case ever
    /// Age below so many ms; an event ahead of the instant has age 0.
    case within(Int64)
    /// Local dates less than so many days back.
    case days(Int)
    /// Unix ms, half-open; with its id where it is a promotion's.
    case between(Int64, Int64, promotion: String? = nil)
}
