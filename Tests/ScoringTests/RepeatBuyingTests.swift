import Foundation
import TestSupport
import Testing

@testable import Scoring

/// Published and recomputed values of BG/NBD and MBG/NBD on CDNOW; laws that hold for any parameters.
@Suite struct RepeatBuyingTests {
    static func history(_ x: Int, _ recency: Double, _ tenure: Double) -> PurchaseHistory {
        PurchaseHistory(repeatDays: x, recency: recency, tenure: tenure)
    }

    struct Row: Sendable {
        let model: RepeatBuyingModel, history: PurchaseHistory, weeks: Double, alive: Double, purchases: Double
        init(
            _ kind: RepeatBuyingModel.Kind, _ parameters: [Double], _ x: Int, _ recency: Double, _ tenure: Double,
            _ weeks: Double, _ alive: Double, _ purchases: Double
        ) {
            model = RepeatBuyingModel(kind, parameters)
            history = RepeatBuyingTests.history(x, recency, tenure)
            (self.weeks, self.alive, self.purchases) = (weeks, alive, purchases)
        }
    }

    /// Parameters r, α, a, b; x, t_x, T; t, P(alive), E[Y(t)]: the closed forms of the papers with ₂F₁, by mpmath 1.4.1
    /// at 60 digits; at a = 1 the mean of a = 1 ± 1e-20.
    static let rows: [Row] = [
        Row(.bgNBD, [0.243, 4.414, 0.793, 2.426], 0, 0.0, 0.0, 1e-06, 1.0, 5.50521050229204e-8),
        Row(.bgNBD, [0.243, 4.414, 0.793, 2.426], 2, 30.43, 38.86, 39.0, 0.726578570080673, 1.22602817476714),
        Row(.bgNBD, [0.243, 4.414, 0.793, 2.426], 26, 30.86, 31.0, 52.0, 0.968915649717525, 25.7581959364835),
        Row(.mbgNBD, [0.525, 6.183, 0.891, 1.614], 0, 0.0, 0.0, 52.0, 0.644311377245509, 1.41972375771275),
        Row(.mbgNBD, [0.525, 6.183, 0.891, 1.614], 0, 0.0, 38.86, 52.0, 0.389735080918763, 0.197705817416372),
        Row(
            .mbgNBD, [0.525, 6.183, 0.891, 1.614], 7, 29.43, 38.86, 12.857142857142858, 0.622723814169112,
            1.21710049203672),
        Row(.mbgNBD, [0.525, 6.183, 0.891, 1.614], 2, 30.43, 38.86, 52.0, 0.706202265118487, 1.59721663081809),
        Row(.mbgNBD, [0.5, 6.0, 1.0, 2.0], 3, 20.0, 30.0, 52.0, 0.615492510693578, 2.21563667060923),
        Row(.bgNBD, [0.5, 6.0, 1.0, 2.0], 3, 20.0, 30.0, 52.0, 0.561515757192553, 1.93410779306334),
        Row(.bgNBD, [0.5, 6.0, 1.000000001, 2.0], 3, 20.0, 30.0, 52.0, 0.561515756946337, 1.93410779161762),
        Row(.bgNBD, [0.5, 6.0, 0.2, 0.3], 0, 0.0, 10.0, 52.0, 1.0, 1.06955534538777),
        Row(.bgNBD, [0.5, 6.0, 0.3, 0.7], 0, 0.0, 10.0, 52.0, 1.0, 1.13882291391168),
        Row(.mbgNBD, [0.5, 0.3, 0.9, 1.6], 0, 0.0, 0.0, 10000.0, 0.64, 19.4557456151647),
        Row(.mbgNBD, [0.5, 0.3, 1.9, 1.6], 1000, 9999.0, 10000.0, 10000.0, 0.997907807035331, 515.591896007201),
        Row(.mbgNBD, [0.525, 6.183, 0.891, 1.614], 1000, 500.0, 500.0, 52.0, 0.999111226377923, 98.2840059600038),
        Row(.bgNBD, [0.525, 6.183, 0.891, 1.614], 1000, 500.0, 500.0, 1000.0, 0.999110338939895, 1157.86285554212),
        Row(.mbgNBD, [900.0, 800.0, 40.0, 3000.0], 5, 50.0, 60.0, 500.0, 0.00189665958482645, 0.147785743930531),
        Row(.bgNBD, [0.01, 0.01, 0.05, 500.0], 3, 5.0, 5.5, 300.0, 0.999867393915725, 162.342477855053),
        Row(.mbgNBD, [0.01, 100.0, 0.01, 0.01], 0, 0.0, 1.0, 0.01, 0.499975124172888, 4.95024632767496e-7),
    ]

    @Test(arguments: rows) func agreesWithTheClosedForms(_ row: Row) {
        let alive = row.model.alive(row.history)
        let purchases = row.model.expectedPurchases(within: row.weeks, row.history)
        #expect(isClose(alive, row.alive, 1e-11), "\(row) found \(alive)")
        #expect(isClose(purchases, row.purchases, 1e-11), "\(row) found \(purchases)")
    }

    /// The closed form with our own ₂F₁, where it is none of what makes it useless (a near 1, a short time).
    @Test(arguments: [history(0, 0, 38.86), history(2, 30.43, 38.86), history(26, 30.86, 31)])
    func agreesWithOurHypergeometric(_ history: PurchaseHistory) {
        for model in [RepeatBuyingModel.paper, .modified] {
            let shape = model.r + Double(history.repeatDays)
            let b = model.b + Double(history.repeatDays) + (model.kind == .mbgNBD ? 1 : 0)
            let z = 52 / (model.alpha + history.tenure + 52)
            let c = model.a + b - 1
            let rest = pow(1 - z, shape) * hypergeometric(shape, b, c, z)
            let expected = model.alive(history) * c / (model.a - 1) * (1 - rest)
            #expect(isClose(model.expectedPurchases(within: 52, history), expected, 1e-10))
        }
    }

    // MARK: - CDNOW

    @Test(arguments: [
        (history(2, 30.43, 38.86), 0.7265786, 1.2260, 1.558721),
        (history(0, 0, 38.86), 1, 0.195098, 0.252073),
        (history(7, 29.43, 38.86), 0.6417563, 3.337053, 4.198856),
        (history(26, 30.86, 31), 0.9689156, nil, 25.758196),
    ]) func customers(history: PurchaseHistory, alive: Double, in39: Double?, in52: Double) {
        let model = RepeatBuyingModel.paper
        #expect(isClose(model.alive(history), alive))
        // Hardie's sheet has 1.226.
        if let in39 {
            #expect(isClose(model.expectedPurchases(within: 39, history), in39, in39 == 1.226 ? 5e-5 : 3e-6))
        }
        #expect(isClose(model.expectedPurchases(within: 52, history), in52, in52 < 1 ? 2e-6 : 1e-6))
    }

    /// The same recency means more to who used to buy more often. Published to six decimals.
    @Test(arguments: [(10, 0.347400), (15, 0.042827), (20, 0.004158), (25, 0.000358)])
    func increasingFrequency(x: Int, expected: Double) {
        let found = RepeatBuyingModel.paper.expectedPurchases(within: 52, Self.history(x, 20, 39))
        #expect(abs(found - expected) < 5.1e-7)
    }

    @Test func theExtremeIsZero() {
        for model in [RepeatBuyingModel.paper, .modified] {
            #expect(model.expectedPurchases(within: 52, Self.history(1000, 10, 100)) == 0)
            #expect(model.alive(Self.history(1000, 10, 100)) == 0)
            #expect(model.logLikelihood(Self.history(1000, 10, 100)).isFinite)
        }
    }

    @Test func totals() {
        let histories = CDNOWSample.rounded
        let model = RepeatBuyingModel.paper
        let predicted = histories.reduce(0) { $0 + model.expectedPurchases(within: 39, $1) }
        #expect(abs(predicted - 1653.95) < 0.01, "\(predicted)")
        let alive = histories.reduce(0) { $0 + model.alive($1) } / Double(histories.count)
        #expect(abs(alive - 0.813) < 0.0005, "\(alive)")
    }

    @Test func likelihoods() {
        func sum(_ model: RepeatBuyingModel, _ histories: [PurchaseHistory]) -> Double {
            histories.reduce(0) { $0 + model.logLikelihood($1) }
        }
        let other = RepeatBuyingModel(.bgNBD, [0.5, 6, 1.2, 3.3])
        let rounded = CDNOWSample.rounded
        let modified = RepeatBuyingModel(.mbgNBD, [0.52483802, 6.18299255, 0.89135607, 1.61399903])
        #expect(abs(sum(.paper, rounded) + 9582.426831) < 1e-5)
        #expect(abs(sum(other, rounded) + 9783.441082) < 1e-5)
        #expect(abs(sum(.fitted, rounded) + 9582.425561) < 1e-5)
        #expect(abs(sum(.exact, CDNOWSample.buyers.map(\.history.history)) + 9582.429207) < 1e-5)
        #expect(abs(sum(modified, rounded) + 9582.132685) < 0.01)
        #expect(isClose(other.logLikelihood(Self.history(3, 4, 6)), -7.576382))
    }

    @Test func modifiedTellsOneTimeBuyersApart() {
        let model = RepeatBuyingModel.modified
        #expect(isClose(model.alive(Self.history(0, 0, 38.86)), 0.389735))
        #expect(isClose(model.alive(Self.history(2, 30.43, 38.86)), 0.706202))
    }

    // MARK: - New customers

    @Test(arguments: [
        (0.1429, 0.0078161), (1, 0.0531847), (3, 0.1506319), (31.8571, 1.0404943), (32, 1.0437373), (78, 1.8579719),
    ]) func newCustomer(weeks: Double, expected: Double) {
        #expect(abs(RepeatBuyingModel.fitted.expectedPurchases(within: weeks) - expected) < 5e-7)
    }

    @Test func newCustomerByThePaper() {
        #expect(abs(RepeatBuyingModel.paper.expectedPurchases(within: 78) - 1.8605) < 5e-5)
    }

    @Test(arguments: [
        (0, 39, 0.5737864), (10, 2, 1.07869e-07), (11, 30, 0.0019995214), (12, 30, 0.0015170236),
        (13, 30, 0.0011633150), (14, 30, 0.0009003148),
    ]) func probabilities(n: Int, weeks: Double, expected: Double) {
        let found = RepeatBuyingModel.paper.probability(of: n, within: weeks)
        #expect(isClose(found, expected, n == 10 ? 5e-6 : 1e-6), "\(found)")
    }

    @Test(arguments: [RepeatBuyingModel.paper, .modified]) func probabilitiesAddUp(_ model: RepeatBuyingModel) {
        for weeks in [0, 1, 20.0] {
            let all = (0..<1000).map { model.probability(of: $0, within: weeks) }
            #expect(isClose(all.reduce(0, +), 1, 1e-11))
            let mean = all.enumerated().reduce(0) { $0 + Double($1.offset) * $1.element }
            #expect(isClose(mean, model.expectedPurchases(within: weeks), 1e-9))
        }
        #expect(model.probability(of: -1, within: 3) == 0)
    }

    // MARK: - Value

    @Test(arguments: [(0, 36.289211), (5, 283.532776)]) func customerValue(index: Int, expected: Double) {
        let history = CDNOWSample.rounded[index]
        let order = GammaGamma.paper.expectedOrderValue(
            repeatDays: history.repeatDays, mean: CDNOWSample.buyers[index].roundedMean)
        #expect(isClose(Outlook(history, .paper).customerValue(orderValue: order), expected))
    }

    /// The outlook is the sum that defines it, of histories whose series are short, long and none.
    @Test(arguments: [
        history(0, 0, 0), history(2, 30.43, 38.86), history(7, 29.43, 38.86), history(1000, 900, 900),
        history(1000, 10, 100), history(900, 1, 1),
    ]) func outlookIsItsDefinition(_ history: PurchaseHistory) {
        for (model, months, monthly) in [
            (RepeatBuyingModel.paper, 12, 0.01), (.modified, 12, 0.01), (.modified, 15, 0), (.paper, 1, 0.2),
        ] {
            let outlook = Outlook(history, model, Outlook.Terms(months: months, discount: monthly))
            var sum = 0.0
            var discount = 1.0
            var before = 0.0
            for month in 1...months {
                discount /= 1 + monthly
                let purchases = model.expectedPurchases(within: Double(month) * 4.345, history)
                sum += (purchases - before) * discount
                before = purchases
            }
            #expect(isClose(outlook.discountedPurchases, sum, 1e-10))
            #expect(outlook.alive == model.alive(history))
            #expect(isClose(outlook.purchasesIn90Days, model.expectedPurchases(within: 90 / 7.0, history), 1e-12))
        }
    }

    // MARK: - Laws

    @Test(arguments: Seeds.all(10)) func lawsHoldForAnyParameters(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<20 {
            let kind = random.chance(50) ? RepeatBuyingModel.Kind.bgNBD : .mbgNBD
            let a = random.chance(10) ? 1 : random.magnitude(-3, 3)
            let model = RepeatBuyingModel(
                kind, r: random.magnitude(-3, 3), alpha: random.magnitude(-3, 3), a: a, b: random.magnitude(-3, 3))!
            let tenure = random.chance(20) ? 0 : random.magnitude(-1, 4)
            let x = random.chance(20) ? 0 : Int(random.magnitude(0, 3))
            let history = Self.history(x, x == 0 ? 0 : tenure * random.unit(), tenure)
            let context = "seed \(seed): \(model), \(history)"
            let alive = model.alive(history)
            #expect(alive >= 0 && alive <= 1, "\(context): \(alive)")
            #expect(model.logLikelihood(history).isFinite, "\(context)")
            var last = 0.0
            for weeks in [0, 0.01, 1, 90.0 / 7, 52, 520, 10_000] {
                let purchases = model.expectedPurchases(within: weeks, history)
                #expect(
                    purchases.isFinite && purchases >= last * (1 - 1e-11),
                    "\(context), \(weeks) weeks: \(purchases) after \(last)")
                last = purchases
            }
            #expect(model.expectedPurchases(within: 0, history) == 0, "\(context)")
            let outlook = Outlook(history, model)
            #expect(outlook.discountedPurchases >= 0 && outlook.discountedPurchases.isFinite, "\(context)")
        }
    }

    @Test func refusesWhatIsNoParameter() {
        #expect(RepeatBuyingModel(.bgNBD, r: 0, alpha: 1, a: 1, b: 1) == nil)
        #expect(RepeatBuyingModel(.mbgNBD, r: 1, alpha: .infinity, a: 1, b: 1) == nil)
        #expect(RepeatBuyingModel(.mbgNBD, r: 1, alpha: 1, a: .nan, b: 1) == nil)
    }

    @Test func impossibleHistoriesAreCorrected() {
        #expect(Self.history(-1, -2, -3) == Self.history(0, 0, 0))
        #expect(Self.history(1, 5, 3) == Self.history(1, 5, 5))
    }
}
