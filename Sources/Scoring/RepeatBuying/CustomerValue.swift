import RealModule

/// What is to be expected of one customer, read off the model at once.
public struct Outlook: Equatable, Sendable {
    /// The probability of being alive at T.
    public let alive: Double
    /// E[Y(90 days)]: days with a purchase.
    public let purchasesIn90Days: Double
    /// Days with a purchase in the months ahead, each discounted to today; times the value of an order, it is the
    /// customer's value.
    public let discountedPurchases: Double

    /// The customer's value over the months ahead (CLV), in the unit of `orderValue`: Σ_m E[M]·(E[Y(m·k)] −
    /// E[Y((m−1)·k)])/(1+d)^m, as Fader, Hardie and Lee (2005), "RFM and CLV", and the packages after them have it.
    public func customerValue(orderValue: Double) -> Double { orderValue * discountedPurchases }
}

extension Outlook {
    /// k: weeks in a month.
    public static let weeksPerMonth = 4.345

    /// Where the future is looked at, and what each look is worth: the same for everybody.
    public struct Terms: Equatable, Sendable {
        /// Weeks: lanes 0… are the ends of the months, the last lane is 90 days.
        fileprivate var horizons = SIMD16<Double>()
        /// Σ_m (Y_m − Y_(m−1))·f^m = Σ_m Y_m·weight_m, with f = 1/(1+d): f^m − f^(m+1), and f^months for the last.
        fileprivate var weights = SIMD16<Double>()

        public init(months: Int, discount: Double) {
            precondition((1...LifetimeModel.mostMonths).contains(months), "one lane a month, and one for 90 days")
            let factor = 1 / (1 + discount)
            var worth = factor
            for month in 1...months {
                horizons[month - 1] = Double(month) * Outlook.weeksPerMonth
                weights[month - 1] = month == months ? worth : worth * (1 - factor)
                worth *= factor
            }
            horizons[LifetimeModel.mostMonths] = 90.0 / 7
        }
    }

    public init(_ history: PurchaseHistory, _ model: RepeatBuyingModel, _ terms: Terms = LifetimeModel().terms) {
        alive = model.alive(history)
        let purchases = alive > 0 ? alive * model.future(history).expected(within: terms.horizons) : SIMD16()
        purchasesIn90Days = purchases[LifetimeModel.mostMonths]
        discountedPurchases = (purchases * terms.weights).sum()
    }
}
