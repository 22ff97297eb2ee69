import RealModule

/// A repeat-buying model of maximum likelihood, and how well the customers determine it.
public struct RepeatBuyingFit: Equatable, Sendable {
    public let model: RepeatBuyingModel
    /// Standard errors of r, α, a and b, from the observed information.
    public let standardErrors: [Double]
    public let logLikelihood: Double
    public let customers: Int
    public let repeatBuyers: Int
    /// False where the iterations ran out first.
    public let isConverged: Bool
}

extension RepeatBuyingFit {
    /// The least number of customers, one of them a repeat buyer, that a model is fitted to.
    public static let leastCustomers = 50
    /// Where a parameter means anything: beyond, the customers differ by nothing or by everything.
    static let bounds = 1e-4...1e4

    /// - Parameter histories: Distinct or not; the fit takes time in their number, not in that of the customers.
    public init(_ kind: RepeatBuyingModel.Kind, _ histories: [CountedHistory]) throws(FitRefusal) {
        let likelihood = try HistoryLikelihood(kind, histories)
        customers = likelihood.customers
        repeatBuyers = likelihood.repeatBuyers
        if customers < Self.leastCustomers {
            throw FitRefusal(what: .customers, found: Double(customers), needed: Double(Self.leastCustomers))
        }
        if repeatBuyers == 0 { throw FitRefusal(what: .repeatBuyers, found: 0, needed: 1) }

        // Half of the time the average customer is gone, to begin with.
        let rate = 2 * likelihood.purchasesPerWeek
        let starts = [(0.3, 1.0, 2.0), (1.0, 0.3, 3.0), (3.0, 2.0, 6.0)].map { r, a, b in
            [r, min(max(r / rate, 1e-2), 1e3), a, b]
        }
        let bounds = [ClosedRange](repeating: Self.bounds, count: 4)
        let best = Ascent.highest(from: starts, within: bounds) { likelihood.expand($0) }
        let point = best.point
        if let runaway = best.runaway {
            let bound = point[runaway] < 1 ? Self.bounds.lowerBound : Self.bounds.upperBound
            throw FitRefusal(what: .parameter(["r", "alpha", "a", "b"][runaway]), found: point[runaway], needed: bound)
        }
        standardErrors = try best.standardErrors()
        model = RepeatBuyingModel(kind, r: point[0], alpha: point[1], a: point[2], b: point[3])!
        logLikelihood = best.expansion.value
        isConverged = best.isConverged
    }
}

/// The log-likelihood of many histories with its first and second derivatives in r, α, a and b.
///
/// What depends on x alone is summed over the x there are, by recurrence instead of by gamma functions; what depends on
/// a number of days is a table of days. A history costs one exponential and one logarithm.
private struct HistoryLikelihood {
    private let kind: RepeatBuyingModel.Kind
    private let histories: [CountedHistory]
    /// How many customers have x repeat days, by x.
    private var customersByRepeats: [Int]
    private let longest: Int
    private(set) var customers = 0
    private(set) var purchasesPerWeek = 0.0
    var repeatBuyers: Int { customers - customersByRepeats[0] }

    /// A century and more; a longer history is a mistake, and would be a large table.
    private static let longestDays: Int32 = 50_000

    init(_ kind: RepeatBuyingModel.Kind, _ histories: [CountedHistory]) throws(FitRefusal) {
        (self.kind, self.histories) = (kind, histories)
        var most: Int32 = 0
        var longest: Int32 = 0
        for history in histories {
            guard history.repeatDays >= 0, history.repeatDays <= history.recencyDays,
                history.recencyDays <= history.tenureDays, history.tenureDays <= Self.longestDays,
                history.customers >= 0
            else { throw FitRefusal(what: .history(history), found: 0, needed: 0) }
            most = max(most, history.repeatDays)
            longest = max(longest, history.tenureDays)
        }
        self.longest = Int(longest)
        customersByRepeats = [Int](repeating: 0, count: Int(most) + 1)
        var purchases = 0.0
        var days = 0.0
        for history in histories {
            customers += history.customers
            customersByRepeats[Int(history.repeatDays)] += history.customers
            purchases += Double(history.repeatDays) * Double(history.customers)
            days += Double(history.tenureDays) * Double(history.customers)
        }
        purchasesPerWeek = purchases / max(1, days / 7)
    }

    func expand(_ point: [Double]) -> Expansion {
        let (r, alpha, a, b) = (point[0], point[1], point[2], point[3])
        var sums = Sums()
        addRepeats(r, alpha, a, b, to: &sums)
        addHistories(r, alpha, a, b, to: &sums)
        return sums.expansion
    }

    /// ln Γ(r+x)/Γ(r) + r ln α + ln B(a, b+m)/B(a, b), m the chances to leave that were passed.
    private func addRepeats(_ r: Double, _ alpha: Double, _ a: Double, _ b: Double, to sums: inout Sums) {
        var rate = (value: r * Double.log(alpha), first: Double.log(alpha), second: 0.0)
        var stay = (value: 0.0, b: 0.0, ab: 0.0, bb: 0.0, abab: 0.0)
        func pass(_ chance: Int) {
            let (stays, all) = (b + Double(chance), a + b + Double(chance))
            stay.value += Double.log(stays / all)
            stay.b += 1 / stays
            stay.ab += 1 / all
            stay.bb += 1 / (stays * stays)
            stay.abab += 1 / (all * all)
        }
        if kind == .mbgNBD { pass(0) }
        for (x, customers) in customersByRepeats.enumerated() {
            let n = Double(customers)
            sums.value += n * (rate.value + stay.value)
            sums.r += n * rate.first
            sums.alpha += n * r / alpha
            sums.a -= n * stay.ab
            sums.b += n * (stay.b - stay.ab)
            sums.rr -= n * rate.second
            sums.rAlpha += n / alpha
            sums.alphaAlpha -= n * r / (alpha * alpha)
            sums.aa += n * stay.abab
            sums.ab += n * stay.abab
            sums.bb += n * (stay.abab - stay.bb)
            let shape = r + Double(x)
            rate.value += Double.log(shape)
            rate.first += 1 / shape
            rate.second += 1 / (shape * shape)
            pass(kind == .bgNBD ? x : x + 1)
        }
    }

    /// −(r+x) ln(α+T) + ln(1 + e^d), d = ln(a/(b+m−1)) + (r+x) ln((α+T)/(α+t_x)) the odds of having left.
    private func addHistories(_ r: Double, _ alpha: Double, _ a: Double, _ b: Double, to sums: inout Sums) {
        let inverse = (0...longest).map { 1 / (alpha + Double($0) / 7) }
        let logarithm = inverse.map { -Double.log($0) }
        let passing = customersByRepeats.indices.map { 1 / (kind == .bgNBD ? b + Double($0) - 1 : b + Double($0)) }
        let logOdds = passing.map { Double.log(a * $0) }
        for history in histories {
            let x = Int(history.repeatDays)
            let n = Double(history.customers)
            let shape = r + Double(x)
            let end = Int(history.tenureDays)
            let last = Int(history.recencyDays)
            sums.value -= n * shape * logarithm[end]
            sums.r -= n * logarithm[end]
            sums.alpha -= n * shape * inverse[end]
            sums.rAlpha -= n * inverse[end]
            sums.alphaAlpha += n * shape * inverse[end] * inverse[end]
            if x == 0, kind == .bgNBD { continue }

            let dr = logarithm[end] - logarithm[last]
            let dAlpha = inverse[end] - inverse[last]
            let db = passing[x]
            let d = logOdds[x] + shape * dr
            let small = Double.exp(-abs(d))
            let left = (d < 0 ? small : 1) / (1 + small)
            let slope = n * left
            let curve = n * small / ((1 + small) * (1 + small))
            sums.value += n * (max(0, d) + Double.log(onePlus: small))
            sums.r += slope * dr
            sums.alpha += slope * shape * dAlpha
            sums.a += slope / a
            sums.b -= slope * db
            sums.rr += curve * dr * dr
            sums.rAlpha += (curve * dr * shape + slope) * dAlpha
            sums.ra += curve * dr / a
            sums.rb -= curve * dr * db
            sums.alphaAlpha +=
                curve * shape * shape * dAlpha * dAlpha
                + slope * shape * (inverse[last] * inverse[last] - inverse[end] * inverse[end])
            sums.alphaA += curve * shape * dAlpha / a
            sums.alphaB -= curve * shape * dAlpha * db
            sums.aa += (curve - slope) / (a * a)
            sums.ab -= curve * db / a
            sums.bb += (curve + slope) * db * db
        }
    }

    private struct Sums {
        var value = 0.0
        var (r, alpha, a, b) = (0.0, 0.0, 0.0, 0.0)
        var (rr, rAlpha, ra, rb) = (0.0, 0.0, 0.0, 0.0)
        var (alphaAlpha, alphaA, alphaB) = (0.0, 0.0, 0.0)
        var (aa, ab, bb) = (0.0, 0.0, 0.0)

        var expansion: Expansion {
            Expansion(
                value: value, gradient: [r, alpha, a, b],
                hessian: [
                    [rr, rAlpha, ra, rb], [rAlpha, alphaAlpha, alphaA, alphaB], [ra, alphaA, aa, ab],
                    [rb, alphaB, ab, bb],
                ])
        }
    }
}
