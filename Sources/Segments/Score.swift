import Scoring

/// A number of a person that conditions may ask for, named as its column of `profile`.
public struct Score: Hashable, Sendable {
    /// What the score does while nothing happens.
    public enum Drift: Sendable {
        /// Stays.
        case none
        /// Never rises, or goes towards one value from whichever side it is on.
        case falls, settles
        /// Never rises, or never falls, and only moves at a local midnight.
        case fallsAtMidnight, risesAtMidnight
        /// May go either way, at a local midnight.
        case turnsAtMidnight
        /// May go either way, at any instant.
        case turns
    }

    public let name: String
    public let drift: Drift
    /// Bounds of it are written in currency units; its value is in minor units.
    public let isMoney: Bool
    private let read: @Sendable (borrowing Evaluation) -> Double?

    private init(
        _ name: String, _ drift: Drift, isMoney: Bool = false,
        _ read: @escaping @Sendable (borrowing Evaluation) -> Double?
    ) {
        self.name = name
        self.drift = drift
        self.isMoney = isMoney
        self.read = read
    }

    /// In the unit of its bounds; nil where the score is NULL.
    public func value(_ evaluation: borrowing Evaluation) -> Double? {
        isMoney ? read(evaluation).map { $0 / 100 } : read(evaluation)
    }

    public static func == (a: Score, b: Score) -> Bool { a.name == b.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }

    public static func named(_ name: String) -> Score? { all.first { $0.name == name } }

    /// All there are, in the order of the row.
    public static let all: [Score] = [
        Score("engagement", .falls) { $0.engagement },
        Score("activity", .fallsAtMidnight) { Double($0.activity) },
        Score("relationship_strength", .falls) { $0.relationshipStrength },
        Score("trust", .settles) { $0.trust },
        Score("satisfaction", .settles) { $0.satisfaction },
        Score("satisfaction_pre", .settles) { $0.satisfactionPre },
        Score("satisfaction_during", .settles) { $0.satisfactionDuring },
        Score("satisfaction_post", .settles) { $0.satisfactionPost },
        Score("responsiveness", .turns) { $0.responsiveness },
        Score("contribution", .turnsAtMidnight, isMoney: true) { $0.contribution },
        Score("advocacy", .falls) { $0.advocacy },
        Score("influence", .falls) { $0.influence },
        Score("referred_revenue", .none, isMoney: true) { Double($0.referredRevenue) },
        Score("recency", .turnsAtMidnight) { $0.recency.map(Double.init) },
        Score("frequency", .fallsAtMidnight) { Double($0.frequency) },
        Score("monetary", .fallsAtMidnight, isMoney: true) { Double($0.monetary) },
        Score("r_score", .turnsAtMidnight) { $0.rfm.map { Double($0.recency) } },
        Score("f_score", .turnsAtMidnight) { $0.rfm.map { Double($0.frequency) } },
        Score("m_score", .turnsAtMidnight) { $0.rfm.map { Double($0.monetary) } },
        Score("purchases", .none) { Double($0.purchases) },
        Score("net_spend", .none, isMoney: true) { Double($0.netSpend) },
        Score("repeat_days", .none) { $0.repeatDays.map(Double.init) },
        Score("recency_days", .none) { $0.recencyDays.map(Double.init) },
        Score("tenure_days", .risesAtMidnight) { $0.tenureDays.map(Double.init) },
        Score("p_alive", .turnsAtMidnight) { $0.pAlive },
        Score("churn_risk", .turnsAtMidnight) { $0.churnRisk },
        Score("expected_purchases_90d", .turnsAtMidnight) { $0.expectedPurchases },
        Score("expected_order_value", .none, isMoney: true) { $0.expectedOrderValue },
        Score("clv", .turnsAtMidnight, isMoney: true) { $0.lifetimeValue },
        Score("points_balance", .fallsAtMidnight) { Double($0.pointsBalance) },
        Score("coupon_share", .none) { $0.couponShare },
        Score("average_order", .none, isMoney: true) { $0.averageOrder },
        Score("novelty", .none) { $0.novelty },
    ]
}
