import RealModule

/// Gauss's ₂F₁(a, b; c; z) for positive a, b, c and 0 ≤ z < 1, which includes c < a + b, where it grows without bound
/// as z → 1: infinite where it exceeds a `Double`, never NaN.
func hypergeometric(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double {
    Double.exp(logHypergeometric(a, b, c, z))
}

/// ln ₂F₁(a, b; c; z) by Euler's integral, the mean of (1−pz)^−a over p ~ Beta(b, c−b). It wants c > b, so that a
/// smaller c is first raised by
///
///     ₂F₁(a, b; c; z) = Σ_{j ≤ k} C(k,j)·(a)_j (b)_j z^j / ((c)_j (c+k)_j)·₂F₁(a+j, b+j; c+k+j; z),
///
/// which is Vandermonde's sum for (c+k)_n/(c)_n, and has only positive terms. k is 0 or 1 where repeat-buying models
/// need the function.
func logHypergeometric(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double {
    let (a, b) = (max(a, b), min(a, b))
    if z <= 0 { return 0 }
    if c > b { return logEulerIntegral(a, b, c, z) }
    let raised = Int(b - c) + 1
    let k = Double(raised)
    var weight = 0.0
    var sum = -Double.infinity
    for j in 0...raised {
        let j = Double(j)
        sum = logSum(sum, weight + logEulerIntegral(a + j, b + j, c + k + j, z))
        weight += Double.log((k - j) / (j + 1) * (a + j) * (b + j) * z / ((c + j) * (c + k + j)))
    }
    return sum
}

private func logEulerIntegral(_ a: Double, _ b: Double, _ c: Double, _ z: Double) -> Double {
    // The integrand in ln(p/(1−p)) has its one peak where z(c−a)p² − (c + bz − az)p + b = 0.
    let linear = c + (b - a) * z
    let peak = 2 * b / (linear + max(0, linear * linear - 4 * z * (c - a) * b).squareRoot())
    let start = peak < 1 ? Double.log(peak / (1 - peak)) : .infinity
    let reach = 40 + Double.log(1 + a + c)
    let integral = logBetaIntegral(
        b, c - b, start: start, sharpness: (a + c) / 4, left: -reach, right: reach - Double.log(onePlus: -z)
    ) { p, q in -a * Double.log(p < 0.5 ? 1 - p * z : (1 - z) + q * z) }
    return integral - logBeta(b, c - b)
}

/// ln(e^a + e^b).
func logSum(_ a: Double, _ b: Double) -> Double {
    let greater = max(a, b)
    return greater == -.infinity ? greater : greater + Double.log(onePlus: Double.exp(min(a, b) - greater))
}
