/// Everything that is computed of a profile at one instant: the columns of its row.
///
/// What cannot be computed is nil, never 0. Money is in minor units unless it says otherwise; shares are 0…1, scores
/// 0…100; instants are Unix ms.
package struct Evaluation: Equatable, Sendable {
    // Ladder and life.
    package var level: Level = .visitor
    package var connection: Connection = .weak
    package var lifecycle: Lifecycle = .stranger
    package var tier: Tier = .none
    /// The instants at which the present stage and tier began by time alone; nil when an event began them.
    package var lifecycleTurnedAt: Int64?
    package var tierTurnedAt: Int64?

    // Value.
    /// Whole days since the last standing purchase; nil when `frequency` is 0.
    package var recency: Int?
    /// Standing purchases in the last 365 calendar days, and their net spend.
    package var frequency: Int = 0
    package var monetary: Int64 = 0
    /// 1 (worst) to 5; nil without a purchase in the window or without a calibration.
    package var rfm: RFMScores?
    package var grade: Grade? { rfm?.grade }
    /// Standing purchases ever, and their net spend.
    package var purchases: Int64 = 0
    package var netSpend: Int64 = 0
    /// Repeat-buying summary over days with a standing purchase: x, t_x and T in days; nil without one.
    package var repeatDays: Int?
    package var recencyDays: Int?
    package var tenureDays: Int?
    /// Probability that the person will buy again at all, and purchases expected in 90 days.
    package var pAlive: Double?
    package var expectedPurchases: Double?
    /// Minor units, not rounded: rows round, conditions do not.
    package var expectedOrderValue: Double?
    package var lifetimeValue: Double?
    package var churnRisk: Double? { pAlive.map { 1 - $0 } }
    package var lastPurchaseKind: PurchaseKind?
    package var aipl: AIPL?

    // Relationship.
    /// E = Σ w · c · decay(a, 14), which views bring to now, and 100·(1 − e^(−E/20)).
    package var engagementSum: Double = 0
    package var engagement: Double = 0
    /// Distinct days with an inbound event in the last 30 calendar days.
    package var activity: Int = 0
    package var relationshipStrength: Double = 0
    /// P and N, which views bring to now, and 100·(1 + P)/(2 + P + N).
    package var positiveSum: Double = 0
    package var negativeSum: Double = 0
    package var trust: Double = 50
    package var satisfaction: Double?
    package var satisfactionPre: Double?
    package var satisfactionDuring: Double?
    package var satisfactionPost: Double?
    package var responsiveness: Double?
    /// Minor units a month with an inbound event, not rounded.
    package var contribution: Double?

    // Advocacy.
    package var advocacySum: Double = 0
    package var advocacy: Double = 0
    package var influence: Double = 0
    package var referredRevenue: Int64 = 0

    // Points.
    package var pointsBalance: Int64 = 0

    // Habits; what is liked is in `Tastes`.
    package var couponShare: Double?
    package var averageOrder: Double?
    package var novelty: Double?

    // Facts.
    package var firstSeen: Int64?
    package var lastSeen: Int64?
    package var firstPurchase: Int64?
    package var lastPurchase: Int64?
    /// False when the newest for-all consent event is an opt-out, or there is none and the default is closed.
    package var marketable: Bool = true
    /// The first instant after the evaluation at which level, connection, stage, tier or grade may differ with no
    /// event; `.max` if never.
    package var changesAt: Int64 = .max

    package init() {}
}
