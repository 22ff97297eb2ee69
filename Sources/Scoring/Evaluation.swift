/// Everything that is computed of a profile at one instant: the columns of its row.
package struct Evaluation: Equatable, Sendable {
    package var level: Level = .visitor
    package var connection: Connection = .weak
    package var lifecycle: Lifecycle = .stranger
    /// The instant at which the present lifecycle stage began by time alone, Unix ms; nil when an event began it.
    package var lifecycleTurnedAt: Int64?
    /// E = Σ w · c · decay(a, 14): what the views bring to now.
    package var engagementSum: Double = 0
    /// 100·(1 − e^(−E/20)).
    package var engagement: Double = 0
    /// Distinct days with an inbound event in the last 30 calendar days.
    package var activity: Int = 0
    /// Whole days since the last standing purchase; nil when `frequency` is 0.
    package var recency: Int?
    /// Standing purchases in the last 365 calendar days.
    package var frequency: Int = 0
    /// Net spend of the last 365 calendar days, minor units.
    package var monetary: Int64 = 0
    /// Standing purchases ever, and their net spend in minor units.
    package var purchases: Int64 = 0
    package var netSpend: Int64 = 0
    /// Repeat-buying summary over days with a standing purchase: x, t_x and T in days; nil without one.
    package var repeatDays: Int?
    package var recencyDays: Int?
    package var tenureDays: Int?
    /// Unix ms.
    package var firstSeen: Int64?
    package var lastSeen: Int64?
    package var firstPurchase: Int64?
    package var lastPurchase: Int64?
    /// False when the newest for-all consent event is an opt-out, or there is none and the default is closed.
    package var marketable: Bool = true
    /// The first instant after the evaluation at which a dimension may differ with no event, Unix ms; `.max` if never.
    package var changesAt: Int64 = .max

    package init() {}
}
