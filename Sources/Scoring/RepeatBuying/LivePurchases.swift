import RealModule

/// What a customer who is alive will buy: λ ~ Gamma(`shape`, `rate`) a week, leaving after each purchase with
/// probability p ~ Beta(`a`, `b`).
///
/// The mean number of purchases within t weeks is the mean of (1 − e^(−λpt))/p. In the papers it is
/// (a+b−1)/(a−1)·[1 − (1−z)^s·₂F₁(s, b; a+b−1; z)] with s the shape and z = t/(rate + t), which is 0/0 at a = 1 and has
/// a negative third parameter where a + b < 1. Expanding in powers of z instead gives
///
///     Σ_n NB(n; s, z)·h_n,   h_n = Σ_{j<n} E[(1−p)^j] = Σ_{j<n} (b)_j/(a+b)_j,
///
/// over the number n that one who never leaves would buy: every term is positive, for every a.
struct LivePurchases {
    let shape: Double
    let rate: Double
    let a: Double
    let b: Double

    /// - Parameter weeks: Finite, at least 0.
    func expected(within weeks: Double) -> Double {
        let tau = weeks / rate
        return isShort(tau) ? series(SIMD2(tau, 0), longest: tau)[0] : integral(tau)
    }

    /// Sixteen horizons at about the price of six: they share the coefficients of the series.
    func expected(within weeks: SIMD16<Double>) -> SIMD16<Double> {
        let tau = weeks / rate
        let longest = tau.max()
        if isShort(longest) { return series(tau, longest: longest) }
        var expected = SIMD16<Double>()
        for lane in expected.indices { expected[lane] = integral(tau[lane]) }
        return expected
    }

    /// Whether the series is short, and its first term no underflow.
    private func isShort(_ tau: Double) -> Bool {
        let mean = shape * tau
        return mean + 8 * (mean * (1 + tau)).squareRoot() + 35 * (1 + tau) < 10_000
            && shape * Double.log(onePlus: tau) < 600
    }

    /// - Parameter longest: The greatest lane of `tau`, the last one whose series ends.
    private func series<Lanes: SIMD>(_ tau: Lanes, longest: Double) -> Lanes where Lanes.Scalar == Double {
        let z = tau / (tau + 1)
        let longestZ = longest / (longest + 1)
        var probability = Lanes()
        for lane in tau.indices { probability[lane] = Double.exp(-shape * Double.log(onePlus: tau[lane])) }
        var longestProbability = Double.exp(-shape * Double.log(onePlus: longest))
        var sum = Lanes()
        var longestSum = 0.0
        var stays = 1.0
        var purchases = 0.0
        var n = 0.0
        while true {
            let ratio = (shape + n) / (n + 1)
            purchases += stays
            stays *= (b + n) / (a + b + n)
            probability *= z * ratio
            sum += probability * purchases
            longestProbability *= longestZ * ratio
            let term = longestProbability * purchases
            longestSum += term
            n += 1
            // What is left is less than a geometric series once the ratio is below 1.
            if term <= 1e-15 * longestSum * (1 - longestZ * (shape + n) / n) { return sum }
        }
    }

    /// For what the series is long: the mean over p ~ Beta(a, b) of [1 − (1+pτ)^−s]/p.
    private func integral(_ tau: Double) -> Double {
        if tau <= 0 { return 0 }
        let reach = min(700, 40 + Double.log(1 + a + b + shape * tau))
        let log = logBetaIntegral(
            a, b, start: Double.log(a / b), sharpness: (a + b) / 4 + 1, left: -reach, right: reach
        ) { p, _ in
            Double.log(-Double.expMinusOne(-shape * Double.log(onePlus: p * tau)) / p)
        }
        return Double.exp(log - logBeta(a, b))
    }
}

extension RepeatBuyingModel {
    /// E[Y(t) | x, t_x, T]: how many days with a purchase the next `weeks` hold.
    public func expectedPurchases(within weeks: Double, _ history: PurchaseHistory) -> Double {
        alive(history) * future(history).expected(within: max(0, weeks))
    }

    func future(_ history: PurchaseHistory) -> LivePurchases {
        LivePurchases(
            shape: r + Double(history.repeatDays), rate: alpha + history.tenure,
            a: a, b: b + Double(chances(history.repeatDays)))
    }
}
