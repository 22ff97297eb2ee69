import Scoring

/// A number of a person that conditions may ask for, named as its column of `profile`; in the order of the row.
public enum Score: String, CaseIterable, Hashable, Sendable {
    case engagement
    case activity
    case relationshipStrength = "relationship_strength"
    case trust
    case satisfaction
    case satisfactionPre = "satisfaction_pre"
    case satisfactionDuring = "satisfaction_during"
    case satisfactionPost = "satisfaction_post"
    case responsiveness
    case contribution
    case advocacy
    case influence
    case referredRevenue = "referred_revenue"
    case recency
    case frequency
    case monetary
    case rScore = "r_score"
    case fScore = "f_score"
    case mScore = "m_score"
    case purchases
    case netSpend = "net_spend"
    case repeatDays = "repeat_days"
    case recencyDays = "recency_days"
    case tenureDays = "tenure_days"
    case pAlive = "p_alive"
    case churnRisk = "churn_risk"
    case expectedPurchases = "expected_purchases_90d"
    case expectedOrderValue = "expected_order_value"
    case lifetimeValue = "clv"
    case pointsBalance = "points_balance"
    case couponShare = "coupon_share"
    case averageOrder = "average_order"
    case novelty

    public var name: String { rawValue }
    public static func named(_ name: String) -> Score? { Score(rawValue: name) }
    public static var all: [Score] { allCases }

    /// What a score does while nothing happens; where that goes one way, which part of an evaluation tells it.
    public enum Drift: Equatable, Sendable {
        /// Stays.
        case none
        /// Never rises, or goes towards one value from whichever side it is on.
        case falls(Evaluation.Part), settles(Evaluation.Part)
        /// Never rises, or never falls, and only moves at a local midnight.
        case fallsAtMidnight(Evaluation.Part), risesAtMidnight(Evaluation.Part)
        /// May go either way, at a local midnight.
        case turnsAtMidnight
        /// May go either way, at any instant.
        case turns
    }

    public var drift: Drift {
        switch self {
        case .engagement, .relationshipStrength: .falls(.contacts)
        case .activity: .fallsAtMidnight(.contacts)
        case .trust, .satisfaction, .satisfactionPre, .satisfactionDuring, .satisfactionPost: .settles(.signals)
        case .advocacy, .influence: .falls(.advocacy)
        case .frequency, .monetary: .fallsAtMidnight(.value)
        case .pointsBalance: .fallsAtMidnight(.points)
        case .tenureDays: .risesAtMidnight(.purchases)
        case .contribution, .recency, .rScore, .fScore, .mScore: .turnsAtMidnight
        case .pAlive, .churnRisk, .expectedPurchases, .lifetimeValue: .turnsAtMidnight
        case .responsiveness: .turns
        case .referredRevenue, .purchases, .netSpend, .repeatDays, .recencyDays: .none
        case .expectedOrderValue, .couponShare, .averageOrder, .novelty: .none
        }
    }

    /// Bounds of it are written in currency units; its column is in minor units.
    public var isMoney: Bool {
        switch self {
        case .contribution, .referredRevenue, .monetary, .netSpend, .expectedOrderValue, .lifetimeValue, .averageOrder:
            true
        default: false
        }
    }

    /// In the unit of its bounds; nil where the score is NULL.
    public func value(_ evaluation: borrowing Evaluation) -> Double? {
        isMoney ? column(of: evaluation).map { $0 / 100 } : column(of: evaluation)
    }

    private func column(of evaluation: borrowing Evaluation) -> Double? {
        switch self {
        case .engagement: evaluation.engagement
        case .activity: Double(evaluation.activity)
        case .relationshipStrength: evaluation.relationshipStrength
        case .trust: evaluation.trust
        case .satisfaction: evaluation.satisfaction
        case .satisfactionPre: evaluation.satisfactionPre
        case .satisfactionDuring: evaluation.satisfactionDuring
        case .satisfactionPost: evaluation.satisfactionPost
        case .responsiveness: evaluation.responsiveness
        case .contribution: evaluation.contribution
        case .advocacy: evaluation.advocacy
        case .influence: evaluation.influence
        case .referredRevenue: Double(evaluation.referredRevenue)
        case .recency: evaluation.recency.map(Double.init)
        case .frequency: Double(evaluation.frequency)
        case .monetary: Double(evaluation.monetary)
        case .rScore: evaluation.rfm.map { Double($0.recency) }
        case .fScore: evaluation.rfm.map { Double($0.frequency) }
        case .mScore: evaluation.rfm.map { Double($0.monetary) }
        case .purchases: Double(evaluation.purchases)
        case .netSpend: Double(evaluation.netSpend)
        case .repeatDays: evaluation.repeatDays.map(Double.init)
        case .recencyDays: evaluation.recencyDays.map(Double.init)
        case .tenureDays: evaluation.tenureDays.map(Double.init)
        case .pAlive: evaluation.pAlive
        case .churnRisk: evaluation.churnRisk
        case .expectedPurchases: evaluation.expectedPurchases
        case .expectedOrderValue: evaluation.expectedOrderValue
        case .lifetimeValue: evaluation.lifetimeValue
        case .pointsBalance: Double(evaluation.pointsBalance)
        case .couponShare: evaluation.couponShare
        case .averageOrder: evaluation.averageOrder
        case .novelty: evaluation.novelty
        }
    }
}
