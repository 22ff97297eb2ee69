import Interactions

/// Every number the scores are computed with; the defaults are the contract's, a document may change each.
public struct ScoringModel: Equatable, Sendable {
    /// Engagement weight by raw value of the type; zero for what is not inbound.
    public var weights: [Double]
    /// Factor on the weight by channel; 1 for a channel that is not named.
    public var channels: [String: Double] = [:]
    /// Days in which an event's engagement halves.
    public var engagementHalfLife = 14.0
    /// E at which engagement reaches 63 %.
    public var engagementScale = 20.0
    /// Calendar days of the activity score.
    public var activityDays = 30

    /// Calendar days of RFM, contribution, tier and of `loyal`.
    public var valueDays = 365
    public var lifecycle = LifecycleModel()
    public var lifetime = LifetimeModel()

    public var strength = StrengthModel()
    /// Days in which signals, ratings and referrals halve.
    public var trustHalfLife = 180.0
    public var influenceHalfLife = 180.0
    /// Days in which an ask may be answered.
    public var askDays = 365

    /// Advocacy weight by raw value of the type.
    public var advocacyWeights: [Double]
    public var advocacyHalfLife = 60.0
    public var advocacyScale = 30.0
    /// Days in which a taste halves.
    public var tasteHalfLife = 60.0

    public var points: [PointsRule] {
        didSet { pointsTypes = Self.types(of: points) }
    }
    private(set) var pointsTypes: EventTypeSet
    /// Days after the day they were earned on which points are gone.
    public var pointsLife = 365
    public var tiers = TierRule()

    /// Whether a person who never said anything may be written to.
    public var isConsentOpen = true

    public init() {
        weights = [Double](repeating: 0, count: EventType.tableSize)
        advocacyWeights = weights
        for entry in EventType.catalogue {
            if entry.type.isInbound { weights[Int(entry.type.rawValue)] = entry.weight }
            advocacyWeights[Int(entry.type.rawValue)] = entry.advocacy
        }
        points = [
            PointsRule(.purchase, .perUnit(points: 1)), PointsRule(.review, .each(points: 20, cap: 3)),
            PointsRule(.buyerShow, .each(points: 30, cap: 2)), PointsRule(.share, .each(points: 5, cap: 5)),
            PointsRule(.repost, .each(points: 5, cap: 5)), PointsRule(.comment, .each(points: 2, cap: 10)),
            PointsRule(.checkIn, .each(points: 1, cap: 1)), PointsRule(.follow, .oncePerChannel(points: 10)),
            PointsRule(.recommend, .each(points: 10, cap: 5)), PointsRule(.treasureGuess, .each(points: 2, cap: 3)),
        ]
        pointsTypes = Self.types(of: points)
    }

    public static let standard = ScoringModel()

    private static func types(of rules: [PointsRule]) -> EventTypeSet {
        EventTypeSet(rules.map(\.type) + [.refund, .retract, .pointsRedeem, .pointsAdjust])
    }
}

/// When a stage of life turns.
public struct LifecycleModel: Equatable, Sendable {
    /// Days since the last purchase (a buyer) or the last inbound event (anyone else) up to which a stage is fresh.
    public var freshDays = 30
    /// Up to which a buyer is active, and from which a buyer has lapsed.
    public var activeDays = 90
    public var lapsedDays = 180
    /// Purchases in the value window that make a buyer loyal.
    public var loyalPurchases = 3

    public init() {}
}

/// What relationship strength weighs: five parts, whose weights add up to 1.
public struct StrengthModel: Equatable, Sendable {
    public var recency = 0.25
    public var frequency = 0.25
    public var reciprocity = 0.20
    public var breadth = 0.15
    public var depth = 0.15
    /// Days in which recency halves, and days of the other parts.
    public var halfLife = 30.0
    public var days = 90
    /// Active days and content events at which their part reaches 63 %.
    public var frequencyScale = 10.0
    public var contentScale = 3.0
    /// Families of events that make breadth full.
    public var families = 4.0

    public init() {}
}

/// How far customer lifetime value looks ahead, and what the future is worth today.
public struct LifetimeModel: Equatable, Sendable {
    /// At most `mostMonths`.
    public var months = 12 { didSet { terms = Outlook.Terms(months: months, discount: discount) } }
    /// d: what a month takes off.
    public var discount = 0.01 { didSet { terms = Outlook.Terms(months: months, discount: discount) } }
    public private(set) var terms = Outlook.Terms(months: 12, discount: 0.01)

    public static let mostMonths = 15

    public init() {}
}

/// What a tier takes in `valueDays`: minor units of net spend, or points earned.
public struct TierRule: Equatable, Sendable {
    public enum Basis: Equatable, Sendable { case spend, points }
    public var basis = Basis.spend
    public var silver: Int64 = 200_000
    public var gold: Int64 = 1_000_000
    public var platinum: Int64 = 5_000_000

    public init() {}

    func tier(of amount: Int64) -> Tier {
        if amount >= platinum { return .platinum }
        if amount >= gold { return .gold }
        return amount >= silver ? .silver : .none
    }
}
