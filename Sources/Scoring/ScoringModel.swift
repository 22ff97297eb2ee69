import Interactions

/// Every number the scores are computed with; the defaults are the contract's, a document may change each.
package struct ScoringModel: Equatable, Sendable {
    /// Engagement weight by raw value of the type; zero for what is not inbound.
    package var weights: [Double]
    /// Factor on the weight by channel; 1 for a channel that is not named.
    package var channels: [String: Double] = [:]
    /// Days in which an event's engagement halves.
    package var engagementHalfLife = 14.0
    /// E at which engagement reaches 63 %.
    package var engagementScale = 20.0
    /// Calendar days of the activity score.
    package var activityDays = 30

    /// Calendar days of RFM, contribution, tier and of `loyal`.
    package var valueDays = 365
    package var lifecycle = LifecycleModel()
    package var lifetime = LifetimeModel()

    package var strength = StrengthModel()
    /// Days in which signals, ratings and referrals halve.
    package var trustHalfLife = 180.0
    package var influenceHalfLife = 180.0
    /// Days in which an ask may be answered.
    package var askDays = 365

    /// Advocacy weight by raw value of the type.
    package var advocacyWeights: [Double]
    package var advocacyHalfLife = 60.0
    package var advocacyScale = 30.0
    /// Days in which a taste halves.
    package var tasteHalfLife = 60.0

    package var points: [PointsRule] {
        didSet { pointsTypes = Self.types(of: points) }
    }
    private(set) var pointsTypes: EventTypeSet
    /// Days after the day they were earned on which points are gone.
    package var pointsLife = 365
    package var tiers = TierRule()

    /// Whether a person who never said anything may be written to.
    package var isConsentOpen = true

    package init() {
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

    package static let standard = ScoringModel()

    private static func types(of rules: [PointsRule]) -> EventTypeSet {
        EventTypeSet(rules.map(\.type) + [.refund, .retract, .pointsRedeem, .pointsAdjust])
    }
}

/// When a stage of life turns.
package struct LifecycleModel: Equatable, Sendable {
    /// Days since the last purchase (a buyer) or the last inbound event (anyone else) up to which a stage is fresh.
    package var freshDays = 30
    /// Up to which a buyer is active, and from which a buyer has lapsed.
    package var activeDays = 90
    package var lapsedDays = 180
    /// Purchases in the value window that make a buyer loyal.
    package var loyalPurchases = 3

    package init() {}
}

/// What relationship strength weighs: five parts, whose weights add up to 1.
package struct StrengthModel: Equatable, Sendable {
    package var recency = 0.25
    package var frequency = 0.25
    package var reciprocity = 0.20
    package var breadth = 0.15
    package var depth = 0.15
    /// Days in which recency halves, and days of the other parts.
    package var halfLife = 30.0
    package var days = 90
    /// Active days and content events at which their part reaches 63 %.
    package var frequencyScale = 10.0
    package var contentScale = 3.0
    /// Families of events that make breadth full.
    package var families = 4.0

    package init() {}
}

/// How far customer lifetime value looks ahead, and what the future is worth today.
package struct LifetimeModel: Equatable, Sendable {
    /// At most `mostMonths`.
    package var months = 12 { didSet { terms = Outlook.Terms(months: months, discount: discount) } }
    /// d: what a month takes off.
    package var discount = 0.01 { didSet { terms = Outlook.Terms(months: months, discount: discount) } }
    private(set) var terms = Outlook.Terms(months: 12, discount: 0.01)

    package static let mostMonths = 15

    package init() {}
}

/// What a tier takes in `valueDays`: minor units of net spend, or points earned.
package struct TierRule: Equatable, Sendable {
    package enum Basis: Equatable, Sendable { case spend, points }
    package var basis = Basis.spend
    package var silver: Int64 = 200_000
    package var gold: Int64 = 1_000_000
    package var platinum: Int64 = 5_000_000

    package init() {}

    func tier(of amount: Int64) -> Tier {
        if amount >= platinum { return .platinum }
        if amount >= gold { return .gold }
        return amount >= silver ? .silver : .none
    }
}
