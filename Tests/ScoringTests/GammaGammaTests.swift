import Testing

@testable import Scoring

@Suite struct GammaGammaTests {
    /// The first ten customers, and where their values are the mean over customers.
    static let first = [
        24.663714, 18.916852, 35.218978, 35.218978, 35.218978, 71.469671, 18.916852, 35.218978, 27.288386,
    ]

    @Test(arguments: first.indices) func expectedOrderValues(index: Int) {
        let buyer = CDNOWSample.buyers[index]
        let found = GammaGamma.paper.expectedOrderValue(
            repeatDays: Int(buyer.history.repeatDays), mean: buyer.roundedMean)
        #expect(isClose(found, Self.first[index]), "\(found)")
    }

    /// Fader and Hardie (2013), to the 0.1 that is published.
    @Test func published() throws {
        let published = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
        let model = try GammaGammaFit(CDNOWSample.spending).model
        for (buyer, expected) in zip(CDNOWSample.buyers, published) {
            let found = model.expectedOrderValue(repeatDays: Int(buyer.history.repeatDays), mean: buyer.mean)
            #expect(abs(found - expected) < 0.1)
        }
    }

    @Test(arguments: [(0, 24.658616), (1, 18.911478), (2, 35.171002), (5, 71.462851), (8, 27.282407)])
    func atTheMaximum(index: Int, expected: Double) {
        let buyer = CDNOWSample.buyers[index]
        let found = GammaGamma.fitted.expectedOrderValue(
            repeatDays: Int(buyer.history.repeatDays), mean: buyer.roundedMean)
        #expect(isClose(found, expected), "\(found)")
    }

    @Test func likelihood() throws {
        let model = try #require(GammaGamma(p: 6.249572, q: 3.744225, v: 15.443523))
        let sum = CDNOWSample.spending.filter { $0.repeatDays > 0 }.reduce(0) {
            $0 + model.logLikelihood(repeatDays: Int($1.repeatDays), mean: $1.mean)
        }
        #expect(abs(sum + 4055.917695) < 1e-5)
        #expect(model.logLikelihood(repeatDays: 0, mean: 3) == -.infinity)
        #expect(model.logLikelihood(repeatDays: 3, mean: 0) == -.infinity)
    }

    /// What the model assumes, that how often people buy says nothing of what they spend, nearly holds here.
    @Test func sampleIsThePapers() {
        let repeats = CDNOWSample.buyers.filter { $0.history.repeatDays > 0 }
        #expect(repeats.count == 946)
        let count = Double(repeats.count)
        let mean = repeats.reduce(0) { $0 + $1.mean } / count
        let frequency = repeats.reduce(0) { $0 + Double($1.history.repeatDays) } / count
        var (xx, xz, zz) = (0.0, 0.0, 0.0)
        for buyer in repeats {
            let (x, z) = (Double(buyer.history.repeatDays) - frequency, buyer.mean - mean)
            (xx, xz, zz) = (xx + x * x, xz + x * z, zz + z * z)
        }
        #expect(abs(mean - 35.08) < 0.005)
        #expect(abs((zz / (count - 1)).squareRoot() - 30.28) < 0.005)
        #expect(abs(xz / (xx * zz).squareRoot() - 0.1139) < 5e-5)
        #expect(abs(repeats.map(\.mean).min()! - 2.99) < 0.005)
        #expect(abs(repeats.map(\.mean).max()! - 299.63) < 0.01)
    }

    @Test func theMeanOrderMustBeFinite() {
        #expect(GammaGamma(p: 6, q: 1, v: 15) == nil)
        #expect(GammaGamma(p: 6, q: 1.01, v: 15) != nil)
        #expect(GammaGamma(p: 0, q: 3, v: 15) == nil)
        #expect(GammaGamma(p: 6, q: 3, v: .nan) == nil)
    }
}
