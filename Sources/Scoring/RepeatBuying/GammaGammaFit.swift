import RealModule

/// The spending of one repeat buyer, or of several who spend alike.
public struct CountedSpending: Hashable, Sendable {
    /// x: days with a purchase after the first.
    public var repeatDays: Int32
    /// z̄: mean value of those days, in currency units.
    public var mean: Double
    public var customers: Int

    public init(repeatDays: Int32, mean: Double, customers: Int = 1) {
        self.repeatDays = repeatDays
        self.mean = mean
        self.customers = customers
    }
}

/// A Gamma-Gamma model of maximum likelihood, and how well the customers determine it.
public struct GammaGammaFit: Equatable, Sendable {
    public let model: GammaGamma
    /// Standard errors of p, q and v, from the observed information.
    public let standardErrors: [Double]
    public let logLikelihood: Double
    /// Repeat buyers whose mean is positive: nobody else is counted.
    public let repeatBuyers: Int
    /// False where the iterations ran out first.
    public let isConverged: Bool
}

extension GammaGammaFit {
    /// The least number of repeat buyers that a model is fitted to.
    public static let leastRepeatBuyers = 50

    /// - Parameter spending: Distinct or not. Whoever has no repeat day, or a mean of zero or less (all of it refunded)
    ///   is outside the model and left out.
    public init(_ spending: [CountedSpending]) throws(FitRefusal) {
        let likelihood = SpendingLikelihood(spending)
        repeatBuyers = likelihood.repeatBuyers
        if repeatBuyers < Self.leastRepeatBuyers {
            throw FitRefusal(what: .repeatBuyers, found: Double(repeatBuyers), needed: Double(Self.leastRepeatBuyers))
        }
        let mean = likelihood.mean
        let bounds = [1e-4...1e4, 1e-4...1e4, mean * 1e-4...mean * 1e4]
        let best = Ascent.highest(from: [[1, 2, mean], [6, 4, mean / 2], [0.3, 8, 8 * mean]], within: bounds) {
            likelihood.expand($0)
        }
        let point = best.point
        if let runaway = best.runaway {
            let range = bounds[runaway]
            throw FitRefusal(
                what: .parameter(["p", "q", "v"][runaway]), found: point[runaway],
                needed: point[runaway] < range.lowerBound ? range.lowerBound : range.upperBound)
        }
        guard let model = GammaGamma(p: point[0], q: point[1], v: point[2]) else {
            throw FitRefusal(what: .parameter("q"), found: point[1], needed: 1)
        }
        self.model = model
        standardErrors = try best.standardErrors()
        logLikelihood = best.expansion.value
        isConverged = best.isConverged
    }
}

/// The log-likelihood of many mean values with its first and second derivatives in p, q and v; the gamma functions are
/// summed over the x there are.
private struct SpendingLikelihood {
    private let spending: [CountedSpending]
    private var customersByRepeats: [Int32: Int] = [:]
    /// Σ ln z̄ and Σ x ln(x z̄) over customers.
    private var logMeans = 0.0
    private var logSpent = 0.0
    private(set) var repeatBuyers = 0
    private(set) var mean = 0.0

    init(_ spending: [CountedSpending]) {
        self.spending = spending.filter {
            $0.repeatDays > 0 && $0.mean > 0 && $0.mean.isFinite && $0.customers > 0
        }
        for buyer in self.spending {
            let n = Double(buyer.customers)
            let x = Double(buyer.repeatDays)
            customersByRepeats[buyer.repeatDays, default: 0] += buyer.customers
            repeatBuyers += buyer.customers
            logMeans += n * Double.log(buyer.mean)
            logSpent += n * x * Double.log(x * buyer.mean)
            mean += n * buyer.mean
        }
        mean /= Double(max(1, repeatBuyers))
    }

    func expand(_ point: [Double]) -> Expansion {
        let (p, q, v) = (point[0], point[1], point[2])
        let all = Double(repeatBuyers)
        var value = all * (q * Double.log(v) - Double.logGamma(q)) + p * logSpent - logMeans
        var (dp, dq, dv) = (logSpent, all * (Double.log(v) - digamma(q)), all * q / v)
        var (pp, pq, pv) = (0.0, 0.0, 0.0)
        var (qq, qv, vv) = (-all * trigamma(q), all / v, -all * q / (v * v))
        for (x, customers) in customersByRepeats.sorted(by: { $0.key < $1.key }) {
            let (x, n) = (Double(x), Double(customers))
            let (shape, own) = (p * x + q, p * x)
            let (first, second) = (digamma(shape), trigamma(shape))
            value += n * (Double.logGamma(shape) - Double.logGamma(own))
            dp += n * x * (first - digamma(own))
            dq += n * first
            pp += n * x * x * (second - trigamma(own))
            pq += n * x * second
            qq += n * second
        }
        for buyer in spending {
            let (x, n) = (Double(buyer.repeatDays), Double(buyer.customers))
            let shape = p * x + q
            let total = v + x * buyer.mean
            let logarithm = Double.log(total)
            let inverse = 1 / total
            value -= n * shape * logarithm
            dp -= n * x * logarithm
            dq -= n * logarithm
            dv -= n * shape * inverse
            pv -= n * x * inverse
            qv -= n * inverse
            vv += n * shape * inverse * inverse
        }
        return Expansion(
            value: value, gradient: [dp, dq, dv], hessian: [[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])
    }
}
