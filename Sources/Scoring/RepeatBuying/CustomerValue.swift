import RealModule

/// What is to be expected of one customer, read off the model at once.
package struct Outlook: Equatable, Sendable {
    /// The probability of being alive at T.
    package let alive: Double
    /// E[Y(90 days)]: days with a purchase.
    package let purchasesIn90Days: Double
    /// Days with a purchase in the next twelve months, each discounted to today; times the value of an order, it is the
    /// customer's value.
    package let discountedPurchases: Double

    /// The customer's value over the next twelve months (CLV), in the unit of `orderValue`: Σ_m E[M]·(E[Y(m·k)] −
    /// E[Y((m−1)·k)])/(1+d)^m, as Fader, Hardie and Lee (2005), "RFM and CLV", and the packages after them have it.
    package func customerValue(orderValue: Double) -> Double { orderValue * discountedPurchases }
}

extension Outlook {
    /// k: weeks in a month.
    package static let weeksPerMonth = 4.345
    /// d: what a month takes off.
    package static let monthlyDiscount = 0.01
    static let months = 12

    /// Lanes 0…11 are the ends of the months; lane 12 is 90 days.
    private static let horizons: SIMD16<Double> = {
        var horizons = SIMD16<Double>()
        for month in 1...months { horizons[month - 1] = Double(month) * weeksPerMonth }
        horizons[months] = 90.0 / 7
        return horizons
    }()

    /// Σ_m (Y_m − Y_(m−1))·f^m = Σ_m Y_m·weight_m, with f = 1/(1+d): f^m − f^(m+1), and f^12 for the last.
    private static let weights: SIMD16<Double> = {
        var weights = SIMD16<Double>()
        let factor = 1 / (1 + monthlyDiscount)
        var discount = factor
        for month in 1..<months {
            weights[month - 1] = discount * (1 - factor)
            discount *= factor
        }
        weights[months - 1] = discount
        return weights
    }()

    package init(_ history: PurchaseHistory, _ model: RepeatBuyingModel) {
        alive = model.alive(history)
        let purchases = alive > 0 ? alive * model.future(history).expected(within: Self.horizons) : SIMD16()
        purchasesIn90Days = purchases[Self.months]
        discountedPurchases = (purchases * Self.weights).sum()
    }
}
