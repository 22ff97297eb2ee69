import RealModule

/// Draws ranks 0, 1, 2 … with probability proportional to 1/(rank + 1)^exponent: exact, in constant time and without a
/// table, by rejection-inversion (Hörmann and Derflinger 1996). The area under the continuous density is inverted, and
/// the little that lies outside a rank's bar is refused.
package struct Zipf: Sendable {
    private let count: Double
    private let exponent: Double
    private let low: Double
    private let high: Double
    /// Points this near to their rank are inside its bar for certain.
    private let near: Double

    /// - Parameter exponent: from 0, which draws all ranks alike.
    package init(count: Int, exponent: Double) {
        precondition(
            count > 0 && exponent >= 0, "a distribution needs somebody to draw, the first no rarer than others")
        self.count = Double(count)
        self.exponent = exponent
        low = Self.area(1.5, exponent) - 1
        high = Self.area(Double(count) + 0.5, exponent)
        near = 2 - Self.inverse(Self.area(2.5, exponent) - Self.density(2, exponent), exponent)
    }

    package func draw(_ random: inout SplitMix) -> Int {
        while true {
            let point = high + random.unit() * (low - high)
            let place = Self.inverse(point, exponent)
            let rank = min(max(place.rounded(), 1), count)
            if rank - place <= near || point >= Self.area(rank + 0.5, exponent) - Self.density(rank, exponent) {
                return Int(rank) - 1
            }
        }
    }

    private static func density(_ x: Double, _ exponent: Double) -> Double { .exp(-exponent * .log(x)) }

    /// The integral of the density from 1, (x^(1 − s) − 1) / (1 − s), also where s is 1 or near it.
    private static func area(_ x: Double, _ exponent: Double) -> Double {
        let log = Double.log(x)
        let power = (1 - exponent) * log
        return abs(power) < 1e-8 ? log * (1 + power / 2) : .expMinusOne(power) / (1 - exponent)
    }

    private static func inverse(_ area: Double, _ exponent: Double) -> Double {
        let power = max(area * (1 - exponent), -1)
        return .exp(abs(power) < 1e-8 ? area * (1 - power / 2) : .log(onePlus: power) / (1 - exponent))
    }
}
