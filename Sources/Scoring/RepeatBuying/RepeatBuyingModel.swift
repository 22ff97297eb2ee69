import RealModule

/// How often customers buy and when they stop, fitted to all of them and read for each.
///
/// While alive a customer buys at a rate λ a week, λ ~ Gamma(r, α); at each chance to leave, the customer does with
/// probability p ~ Beta(a, b). The kinds differ in which those chances are.
public struct RepeatBuyingModel: Equatable, Sendable {
    public enum Kind: Equatable, Sendable {
        /// Leaves after a repeat purchase only, so that who bought once is alive for certain: Fader, Hardie and Lee
        /// (2005), "'Counting Your Customers' the Easy Way", Marketing Science 24 (2).
        case bgNBD
        /// Leaves after the first purchase too: Batislam, Denizel and Filiztekin (2007), "Empirical validation and
        /// comparison of models for customer base analysis", International Journal of Research in Marketing 24 (3).
        case mbgNBD
    }

    public let kind: Kind
    /// Shape of λ.
    public let r: Double
    /// Rate of λ, in weeks.
    public let alpha: Double
    public let a: Double
    public let b: Double

    /// Nil unless every parameter is positive and finite.
    public init?(_ kind: Kind, r: Double, alpha: Double, a: Double, b: Double) {
        guard [r, alpha, a, b].allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
        (self.kind, self.r, self.alpha, self.a, self.b) = (kind, r, alpha, a, b)
    }

    /// The probability that the customer is alive at T, where the history ends.
    public func alive(_ history: PurchaseHistory) -> Double {
        1 / (1 + Double.exp(logDeparture(history)))
    }

    /// ln of the density of one history. An impossible one (no repeat purchase, yet a recency) is not told apart.
    public func logLikelihood(_ history: PurchaseHistory) -> Double {
        let shape = r + Double(history.repeatDays)
        let passed = Double(chances(history.repeatDays))
        return Double.logGamma(shape) - Double.logGamma(r) + r * Double.log(alpha)
            + logBeta(a, b + passed) - logBeta(a, b) - shape * Double.log(alpha + history.tenure)
            + logSum(0, logDeparture(history))
    }

    /// How many chances to leave a customer with `repeatDays` has let pass, if alive.
    func chances(_ repeatDays: Int) -> Int { kind == .bgNBD ? repeatDays : repeatDays + 1 }

    /// ln of the odds of having left at t_x against being alive at T.
    func logDeparture(_ history: PurchaseHistory) -> Double {
        let passed = chances(history.repeatDays)
        guard passed > 0 else { return -.infinity }
        return Double.log(a / (b + Double(passed - 1)))
            + (r + Double(history.repeatDays))
            * Double.log((alpha + history.tenure) / (alpha + history.recency))
    }
}
