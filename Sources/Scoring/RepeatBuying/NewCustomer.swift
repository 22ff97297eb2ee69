import RealModule

/// What is to be expected of someone who has just bought for the first time, of whom nothing else is known.
extension RepeatBuyingModel {
    /// E[X(t)]: repeat purchases within the first `weeks`, which are finite.
    public func expectedPurchases(within weeks: Double) -> Double {
        expectedPurchases(within: weeks, PurchaseHistory(repeatDays: 0, recency: 0, tenure: 0))
    }

    /// P(X(t) = n): the probability of exactly `n` repeat purchases within the first `weeks`, which are finite.
    public func probability(of n: Int, within weeks: Double) -> Double {
        guard n >= 0 else { return 0 }
        let tau = max(0, weeks) / alpha
        let passed = chances(n)
        let bought = Double.exp(logBought(n, tau))
        let left = passed == 0 ? 0 : a / (b + Double(passed - 1)) * boughtAtLeast(n, tau)
        return Double.exp(logBeta(a, b + Double(passed)) - logBeta(a, b)) * (bought + left)
    }

    /// ln of the negative binomial probability that one who never leaves buys `n` times.
    private func logBought(_ n: Int, _ tau: Double) -> Double {
        let n = Double(n)
        let never = -r * Double.log(onePlus: tau)
        if n == 0 { return never }
        return Double.logGamma(r + n) - Double.logGamma(r) - Double.logGamma(n + 1) + never
            + n * Double.log(tau / (1 + tau))
    }

    /// The probability that one who never leaves buys `n` times or more, summed from the side that is the smaller.
    private func boughtAtLeast(_ n: Int, _ tau: Double) -> Double {
        let z = tau / (1 + tau)
        var term = Double.exp(logBought(n, tau))
        var sum = 0.0
        var count = Double(n)
        if count < r * tau {
            while count > 0 {
                term *= count / (z * (r + count - 1))
                sum += term
                count -= 1
            }
            return 1 - sum
        }
        while term > 1e-17 * sum {
            sum += term
            term *= z * (r + count) / (count + 1)
            count += 1
        }
        return sum
    }
}
