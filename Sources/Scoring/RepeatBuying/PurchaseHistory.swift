/// What the models know of a customer's purchases: the summary (x, t_x, T) of Fader, Hardie and Lee (2005), in weeks.
public struct PurchaseHistory: Equatable, Sendable {
    /// x: days with a purchase, the first of them not counted.
    public let repeatDays: Int
    /// t_x: weeks from the first day with a purchase to the last; 0 where there is one.
    public let recency: Double
    /// T: weeks from the first day with a purchase to the day of the question; never less than `recency`.
    public let tenure: Double

    /// What is negative counts as 0, and a tenure below the recency as the recency.
    public init(repeatDays: Int, recency: Double, tenure: Double) {
        self.repeatDays = max(0, repeatDays)
        self.recency = max(0, recency)
        self.tenure = max(0, recency, tenure)
    }
}

/// A purchase history in whole days, and how many customers share it: the sufficient statistic that the models are
/// fitted to. There are as many as there are distinct histories, however many customers.
public struct CountedHistory: Hashable, Sendable {
    public var repeatDays: Int32
    public var recencyDays: Int32
    public var tenureDays: Int32
    public var customers: Int

    public init(repeatDays: Int32, recencyDays: Int32, tenureDays: Int32, customers: Int = 1) {
        self.repeatDays = repeatDays
        self.recencyDays = recencyDays
        self.tenureDays = tenureDays
        self.customers = customers
    }

    public var history: PurchaseHistory {
        PurchaseHistory(
            repeatDays: Int(repeatDays), recency: Double(recencyDays) / 7, tenure: Double(tenureDays) / 7)
    }
}
