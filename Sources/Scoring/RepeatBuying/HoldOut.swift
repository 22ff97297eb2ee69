/// What a model says of a period that it has not seen, against what customers did in it.
public struct HoldOut: Equatable, Sendable {
    public struct Row: Equatable, Sendable {
        public var customers = 0
        /// Σ E[Y(t)] over the customers: days with a purchase.
        public var predicted = 0.0
        public var actual = 0
    }

    /// By x, the repeat days before the period: 0…6, and last 7 or more.
    public private(set) var rows = [Row](repeating: Row(), count: 8)
    public var customers: Int { rows.reduce(0) { $0 + $1.customers } }
    public var predicted: Double { rows.reduce(0) { $0 + $1.predicted } }
    public var actual: Int { rows.reduce(0) { $0 + $1.actual } }

    /// - Parameters:
    ///   - weeks: Length of the period.
    ///   - customers: Each history up to the beginning of the period, the days with a purchase within it, and how many
    ///     customers share both.
    public init(
        _ model: RepeatBuyingModel, weeks: Double,
        _ customers: some Sequence<(history: PurchaseHistory, actual: Int, count: Int)>
    ) {
        for (history, actual, count) in customers {
            let row = min(history.repeatDays, rows.count - 1)
            rows[row].customers += count
            rows[row].predicted += Double(count) * model.expectedPurchases(within: weeks, history)
            rows[row].actual += count * actual
        }
    }
}
