import RealModule

/// ln ∫ p^(a−1) (1−p)^(b−1) e^g(p) dp over 0…1: the weight of a beta distribution times a positive smooth function.
///
/// With p = 1/(1+e^−y) the integrand is analytic in |Im y| < π and falls off exponentially on both sides, so that the
/// trapezoidal rule converges geometrically (Trefethen and Weideman 2014); what lies beyond `left` and `right` is a
/// geometric series. A few hundred evaluations, whatever the parameters; about thirteen digits.
/// - Parameters:
///   - start: A y near the peak of the integrand.
///   - sharpness: At least −(d/dy)² of the logarithm of the integrand, anywhere.
///   - left: A y below which g is constant to all digits; `right` is one above which it is.
///   - g: ln of the function, of p and 1−p.
func logBetaIntegral(
    _ a: Double, _ b: Double, start: Double, sharpness: Double, left: Double, right: Double,
    _ g: (_ p: Double, _ q: Double) -> Double
) -> Double {
    func integrand(_ y: Double) -> Double {
        let small = Double.exp(-abs(y))
        let rest = -Double.log(onePlus: small)
        let (p, q) = y < 0 ? (small / (1 + small), 1 / (1 + small)) : (1 / (1 + small), small / (1 + small))
        return a * (min(y, 0) + rest) + b * (min(-y, 0) + rest) + g(p, q)
    }
    let step = 0.25 / max(1, 0.5 * sharpness.squareRoot())
    let start = min(max(start, left), right)
    let scale = integrand(start)
    var sum = 1.0
    func add(towards direction: Double, until end: Double, rate: Double) {
        let tail = 1 / Double.expMinusOne(rate * step)
        var y = start
        var term = 1.0
        while direction * (end - y) > 0, term * max(1, tail) > 1e-15 * sum {
            y += direction * step
            term = Double.exp(integrand(y) - scale)
            sum += term
        }
        sum += term * tail
    }
    add(towards: -1, until: left, rate: a)
    add(towards: 1, until: right, rate: b)
    return scale + Double.log(step * sum)
}

/// ln B(a, b).
func logBeta(_ a: Double, _ b: Double) -> Double {
    Double.logGamma(a) + Double.logGamma(b) - Double.logGamma(a + b)
}
