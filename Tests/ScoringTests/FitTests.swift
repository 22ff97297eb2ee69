import Foundation
import TestSupport
import Testing

@testable import Scoring

@Suite struct FitTests {
    static let histories = CDNOWSample.buyers.map(\.history)

    @Test func bgNBD() throws {
        let fit = try RepeatBuyingFit(.bgNBD, Self.histories)
        let expected = [0.24259453, 4.41360218, 0.79292203, 2.42590687]
        for (found, expected) in zip(fit.model.parameters, expected) { #expect(isClose(found, expected)) }
        for (found, expected) in zip(fit.standardErrors, [0.012557, 0.378221, 0.185719, 0.705345]) {
            #expect(isClose(found, expected, 1e-3), "\(found)")
        }
        #expect(abs(fit.logLikelihood + 9582.429207) < 1e-5)
        #expect(fit.customers == 2357)
        #expect(fit.repeatBuyers == 946)
        #expect(fit.isConverged)
    }

    @Test func mbgNBD() throws {
        let fit = try RepeatBuyingFit(.mbgNBD, Self.histories)
        let expected = [0.52483802, 6.18299255, 0.89135607, 1.61399903]
        for (found, expected) in zip(fit.model.parameters, expected) {
            #expect(isClose(found, expected, 1e-3), "\(found)")
        }
        #expect(abs(fit.logLikelihood + 9582.132685) < 0.01)
        #expect(fit.isConverged)
    }

    @Test func gammaGammaOfMeansToTheCent() throws {
        let fit = try GammaGammaFit(
            CDNOWSample.buyers.map { CountedSpending(repeatDays: $0.history.repeatDays, mean: $0.roundedMean) })
        for (found, expected) in zip([fit.model.p, fit.model.q, fit.model.v], [6.248804, 3.744588, 15.447744]) {
            #expect(isClose(found, expected), "\(found)")
        }
        #expect(abs(fit.logLikelihood + 4055.923244) < 1e-5)
    }

    @Test func gammaGamma() throws {
        let fit = try GammaGammaFit(CDNOWSample.spending)
        for (found, expected) in zip([fit.model.p, fit.model.q, fit.model.v], [6.249572, 3.744225, 15.443523]) {
            #expect(isClose(found, expected), "\(found)")
        }
        #expect(abs(fit.logLikelihood + 4055.917695) < 1e-5)
        #expect(fit.repeatBuyers == 946)
        #expect(fit.isConverged)
    }

    /// What the fit maximises is the likelihood of the model, customer by customer.
    @Test(arguments: [RepeatBuyingModel.Kind.bgNBD, .mbgNBD]) func maximisesTheLikelihood(
        _ kind: RepeatBuyingModel.Kind
    ) throws {
        let fit = try RepeatBuyingFit(kind, Self.histories)
        func sum(_ model: RepeatBuyingModel) -> Double {
            Self.histories.reduce(0) { $0 + model.logLikelihood($1.history) }
        }
        #expect(abs(sum(fit.model) - fit.logLikelihood) < 1e-6)
        for index in 0..<4 {
            var curvature = 0.0
            for sign in [-1.0, 1] {
                var moved = fit.model.parameters
                moved[index] += sign * 0.01 * moved[index]
                let loss = fit.logLikelihood - sum(RepeatBuyingModel(kind, moved))
                #expect(loss > 0)
                curvature += loss / (0.01 * fit.model.parameters[index]) / (0.01 * fit.model.parameters[index])
            }
            // With the others held, a parameter is known better than with them free.
            #expect(1 / curvature.squareRoot() < fit.standardErrors[index])
        }
    }

    /// Standard errors against the information by second differences of the model's own likelihood.
    @Test(arguments: [RepeatBuyingModel.Kind.bgNBD, .mbgNBD]) func standardErrorsAreTheInformation(
        _ kind: RepeatBuyingModel.Kind
    ) throws {
        let fit = try RepeatBuyingFit(kind, Self.histories)
        let point = fit.model.parameters
        func sum(_ moves: [(Int, Double)]) -> Double {
            var moved = point
            for (index, step) in moves { moved[index] += step * 1e-3 * point[index] }
            let model = RepeatBuyingModel(kind, moved)
            return Self.histories.reduce(0) { $0 + model.logLikelihood($1.history) }
        }
        var information = [[Double]](repeating: [0, 0, 0, 0], count: 4)
        for i in 0..<4 {
            for j in 0..<4 {
                let difference =
                    sum([(i, 1), (j, 1)]) - sum([(i, 1), (j, -1)]) - sum([(i, -1), (j, 1)]) + sum([(i, -1), (j, -1)])
                information[i][j] = -difference / (4e-6 * point[i] * point[j])
            }
        }
        let factor = try #require(Cholesky(information))
        for i in 0..<4 {
            let unit = (0..<4).map { $0 == i ? 1.0 : 0 }
            #expect(isClose(factor.solve(unit)[i].squareRoot(), fit.standardErrors[i], 1e-3))
        }
    }

    @Test func countsAreCustomers() throws {
        var counts: [CountedHistory: Int] = [:]
        for history in Self.histories { counts[history, default: 0] += 1 }
        let counted = counts.map { history, count in
            var history = history
            history.customers = count
            return history
        }
        #expect(counted.count < Self.histories.count)
        let one = try RepeatBuyingFit(.mbgNBD, Self.histories)
        let other = try RepeatBuyingFit(.mbgNBD, counted)
        for (one, other) in zip(one.model.parameters, other.model.parameters) { #expect(isClose(one, other, 1e-8)) }
        #expect(one.customers == other.customers)
    }

    // MARK: - Made up customers

    @Test(arguments: Seeds.all(2)) func findsWhatMadeTheData(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let truth = RepeatBuyingModel(.mbgNBD, r: 0.8, alpha: 9, a: 1.2, b: 2.5)!
        let histories = (0..<10_000).map { _ in random.history(truth, days: 200 + random.below(400)) }
        let fit = try RepeatBuyingFit(.mbgNBD, histories)
        #expect(fit.isConverged)
        for (index, (found, expected)) in zip(fit.model.parameters, truth.parameters).enumerated() {
            // Days merge purchases, which takes a little off the rate.
            #expect(abs(found - expected) < 5 * fit.standardErrors[index] + 0.05 * expected, "seed \(seed): \(fit)")
        }
    }

    @Test(arguments: Seeds.all(2)) func findsWhatMadeTheSpending(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let spending = (0..<10_000).map { _ in
            let rate = random.gamma(3.5) / 20
            let x = 1 + random.below(6)
            return CountedSpending(repeatDays: Int32(x), mean: random.gamma(5 * Double(x)) / rate / Double(x))
        }
        let fit = try GammaGammaFit(spending)
        for (index, (found, expected)) in zip([fit.model.p, fit.model.q, fit.model.v], [5, 3.5, 20]).enumerated() {
            #expect(abs(found - expected) < 5 * fit.standardErrors[index], "seed \(seed): \(fit)")
        }
    }

    // MARK: - Refusals

    static func refusal(_ body: () throws -> Void) -> FitRefusal? {
        do { try body() } catch { return error as? FitRefusal }
        return nil
    }

    @Test func refusesTooFewCustomers() {
        let found = Self.refusal { _ = try RepeatBuyingFit(.mbgNBD, Array(Self.histories.prefix(49))) }
        #expect(found == FitRefusal(what: .customers, found: 49, needed: 50))
        #expect(found?.description == "too few customers: 49 found, 50 needed")
        #expect(Self.refusal { _ = try RepeatBuyingFit(.bgNBD, []) }?.what == .customers)
    }

    @Test func refusesNoRepeatBuyer() {
        let once = Self.histories.filter { $0.repeatDays == 0 }
        let found = Self.refusal { _ = try RepeatBuyingFit(.mbgNBD, once) }
        #expect(found == FitRefusal(what: .repeatBuyers, found: 0, needed: 1))
    }

    /// Customers who are all alike have no distribution.
    @Test(arguments: [RepeatBuyingModel.Kind.bgNBD, .mbgNBD]) func refusesWhatRunsOff(_ kind: RepeatBuyingModel.Kind) {
        let alike = CountedHistory(repeatDays: 5, recencyDays: 100, tenureDays: 110, customers: 1000)
        let found = Self.refusal { _ = try RepeatBuyingFit(kind, [alike]) }
        guard case .parameter = found?.what else {
            Issue.record("\(String(describing: found))")
            return
        }
    }

    @Test(arguments: [
        CountedHistory(repeatDays: 3, recencyDays: 2, tenureDays: 10),
        CountedHistory(repeatDays: 1, recencyDays: 12, tenureDays: 10),
        CountedHistory(repeatDays: -1, recencyDays: 0, tenureDays: 10),
        CountedHistory(repeatDays: 0, recencyDays: 0, tenureDays: .max),
        CountedHistory(repeatDays: 0, recencyDays: 0, tenureDays: 10, customers: -5),
    ]) func refusesTheImpossible(_ history: CountedHistory) {
        let found = Self.refusal { _ = try RepeatBuyingFit(.bgNBD, Self.histories + [history]) }
        #expect(found?.what == .history(history))
    }

    @Test func refusesTooFewRepeatBuyers() {
        let few = [CountedSpending(repeatDays: 2, mean: 10, customers: 49), CountedSpending(repeatDays: 0, mean: 0)]
        let found = Self.refusal { _ = try GammaGammaFit(few) }
        #expect(found == FitRefusal(what: .repeatBuyers, found: 49, needed: 50))
    }

    @Test func refusesSpendingWithoutVariance() {
        let found = Self.refusal {
            _ = try GammaGammaFit([CountedSpending(repeatDays: 2, mean: 10, customers: 500)])
        }
        #expect(found != nil)
    }

    /// Means that scatter so widely that they have no mean.
    @Test func refusesSpendingWithoutMean() {
        var random = SplitMix(seed: 1)
        let wide = (0..<5000).map { _ in CountedSpending(repeatDays: 3, mean: random.gamma(6) / random.gamma(0.6)) }
        let found = Self.refusal { _ = try GammaGammaFit(wide) }
        #expect(found?.what == .parameter("q"))
        #expect(found?.needed == 1)
    }

    // MARK: - Hold-out

    @Test func holdOut() {
        let model = RepeatBuyingModel.paper
        let holdOut = HoldOut(
            model, weeks: 39,
            zip(CDNOWSample.rounded, CDNOWSample.buyers).lazy.map { (history: $0, actual: $1.later, count: 1) })
        #expect(holdOut.rows.map(\.customers) == [1411, 439, 214, 100, 62, 38, 29, 64])
        #expect(holdOut.customers == 2357)
        #expect(holdOut.actual == 1882)
        #expect(abs(holdOut.predicted - 1653.95) < 0.01)
        #expect(holdOut.rows.allSatisfy { $0.predicted > 0 })
    }
}

extension RepeatBuyingModel {
    var parameters: [Double] { [r, alpha, a, b] }

    init(_ kind: Kind, _ parameters: [Double]) {
        self.init(kind, r: parameters[0], alpha: parameters[1], a: parameters[2], b: parameters[3])!
    }
}

extension SplitMix {
    /// Gamma(shape, 1), by Marsaglia and Tsang (2000).
    mutating func gamma(_ shape: Double) -> Double {
        if shape < 1 { return gamma(shape + 1) * pow(unit(), 1 / shape) }
        let d = shape - 1.0 / 3
        while true {
            let normal = (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit())
            let cube = pow(1 + normal / (9 * d).squareRoot(), 3)
            guard cube > 0 else { continue }
            let bound: Double = normal * normal / 2 + d * (1 - cube + log(cube))
            if log(unit()) < bound { return d * cube }
        }
    }

    /// A customer of the model, seen for `days` after the first purchase.
    mutating func history(_ model: RepeatBuyingModel, days: Int) -> CountedHistory {
        let rate = gamma(model.r) / model.alpha
        let (one, other) = (gamma(model.a), gamma(model.b))
        var seen: Set<Int> = [0]
        var week = 0.0
        var isAlive = model.kind == .bgNBD || unit() >= one / (one + other)
        while isAlive {
            week -= log(unit()) / rate
            if week * 7 >= Double(days + 1) { break }
            seen.insert(Int(week * 7))
            isAlive = unit() >= one / (one + other)
        }
        return CountedHistory(
            repeatDays: Int32(seen.count - 1), recencyDays: Int32(seen.max()!), tenureDays: Int32(days))
    }
}
