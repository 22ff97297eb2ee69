/// Everything that is computed of a profile at one instant: the columns of its row.
///
/// What cannot be computed is nil, never 0. Money is in minor units unless it says otherwise; shares are 0…1, scores
/// 0…100; instants are Unix ms.
public struct Evaluation: Equatable, Sendable {
    // Ladder and life.
    public var level: Level = .visitor
    public var connection: Connection = .weak
    public var lifecycle: Lifecycle = .stranger
    public var tier: Tier = .none
    /// The instants at which the present stage and tier began by time alone; nil when an event began them.
    public var lifecycleTurnedAt: Int64?
    public var tierTurnedAt: Int64?

    // Value.
    /// Whole days since the last standing purchase; nil when `frequency` is 0.
    public var recency: Int?
    /// Standing purchases in the last 365 calendar days, and their net spend.
    public var frequency: Int = 0
    public var monetary: Int64 = 0
    /// 1 (worst) to 5; nil without a purchase in the window or without a calibration.
    public var rfm: RFMScores?
    public var grade: Grade? { rfm?.grade }
    /// Standing purchases ever, and their net spend.
    public var purchases: Int64 = 0
    public var netSpend: Int64 = 0
    /// Repeat-buying summary over days with a standing purchase: x, t_x and T in days; nil without one.
    public var repeatDays: Int?
    public var recencyDays: Int?
    public var tenureDays: Int?
    /// Probability that the person will buy again at all, and purchases expected in 90 days.
    public var pAlive: Double?
    public var expectedPurchases: Double?
    /// Minor units, not rounded: rows round, conditions do not.
    public var expectedOrderValue: Double?
    public var lifetimeValue: Double?
    public var churnRisk: Double? { pAlive.map { 1 - $0 } }
    public var lastPurchaseKind: PurchaseKind?
    public var aipl: AIPL?

    // Relationship.
    /// E = Σ w · c · decay(a, 14), which views bring to now, and 100·(1 − e^(−E/20)).
    public var engagementSum: Double = 0
    public var engagement: Double = 0
    /// Distinct days with an inbound event in the last 30 calendar days.
    public var activity: Int = 0
    public var relationshipStrength: Double = 0
    /// P and N, which views bring to now, and 100·(1 + P)/(2 + P + N).
    public var positiveSum: Double = 0
    public var negativeSum: Double = 0
    public var trust: Double = 50
    public var satisfaction: Double?
    public var satisfactionPre: Double?
    public var satisfactionDuring: Double?
    public var satisfactionPost: Double?
    public var responsiveness: Double?
    /// Minor units a month with an inbound event, not rounded.
    public var contribution: Double?

    // Advocacy.
    public var advocacySum: Double = 0
    public var advocacy: Double = 0
    public var influence: Double = 0
    public var referredRevenue: Int64 = 0

    // Points.
    public var pointsBalance: Int64 = 0

    // Habits; what is liked is in `Tastes`.
    public var couponShare: Double?
    public var averageOrder: Double?
    public var novelty: Double?

    // Facts.
    public var firstSeen: Int64?
    public var lastSeen: Int64?
    public var firstPurchase: Int64?
    public var lastPurchase: Int64?
    /// False when the newest for-all consent event is an opt-out, or there is none and the default is closed.
    public var marketable: Bool = true
    /// The first instant after the evaluation at which level, connection, stage, tier or grade may differ with no
    /// event; `.max` if never.
    public var changesAt: Int64 = .max

    public init() {}
}
