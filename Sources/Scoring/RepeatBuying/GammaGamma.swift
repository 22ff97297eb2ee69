import RealModule

/// What an order is worth: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", note 025.
///
/// A customer's orders are Gamma(p, ν), ν ~ Gamma(q, v) over customers, independent of how often they buy. Money is in
/// currency units, not minor ones.
public struct GammaGamma: Equatable, Sendable {
    /// Shape of a customer's orders.
    public let p: Double
    /// Shape of ν; above 1, or the mean order over customers would be infinite.
    public let q: Double
    /// Rate of ν, in currency units.
    public let v: Double

    /// Nil unless p and v are positive, q exceeds 1, and all are finite.
    public init?(p: Double, q: Double, v: Double) {
        guard p > 0, q > 1, v > 0, (p + q + v).isFinite else { return nil }
        (self.p, self.q, self.v) = (p, q, v)
    }

    /// E[M | x, z̄]: the customer's mean order, as far as `repeatDays` orders of mean value `mean` tell; the mean over
    /// customers where there is none.
    public func expectedOrderValue(repeatDays: Int, mean: Double) -> Double {
        let x = Double(max(0, repeatDays))
        return p * (v + x * max(0, mean)) / (p * x + q - 1)
    }

    /// ln of the density of a mean order value; −∞ unless both arguments are positive.
    public func logLikelihood(repeatDays: Int, mean: Double) -> Double {
        guard repeatDays > 0, mean > 0 else { return -.infinity }
        let shape = p * Double(repeatDays)
        let spent = Double(repeatDays) * mean
        return q * Double.log(v / (v + spent)) + shape * Double.log(spent / (v + spent)) - logBeta(shape, q)
            - Double.log(mean)
    }
}
