import RealModule
import Testing

@testable import Traffic

@Suite struct ZipfTests {
    /// Each rank, and each tail, comes as often as the formula says: within 5 standard deviations.
    @Test(arguments: [(1000, 1.05), (1000, 0.0), (50, 1.0), (7, 3.0), (1, 1.05), (200_000, 1.05), (3000, 0.5)])
    func drawsTheDistribution(count: Int, exponent: Double) {
        let seed: UInt64 = 42
        var random = SplitMix(seed: seed)
        let zipf = Zipf(count: count, exponent: exponent)
        let draws = 200_000
        var drawn = [Int](repeating: 0, count: count)
        for _ in 0..<draws { drawn[zipf.draw(&random)] += 1 }
        let weights = (1...count).map { Double.pow(Double($0), -exponent) }
        let whole = weights.reduce(0, +)
        func check(_ ranks: Range<Int>) {
            let share = weights[ranks].reduce(0, +) / whole
            let expected = share * Double(draws)
            let deviation = (expected * (1 - share)).squareRoot()
            let found = Double(drawn[ranks].reduce(0, +))
            #expect(
                abs(found - expected) <= 5 * deviation + 1e-9 * Double(draws),
                "ranks \(ranks): \(found), not \(expected); seed \(seed)")
        }
        for rank in 0..<min(count, 10) { check(rank..<rank + 1) }
        for part in [1000, 100, 10, 4, 2] { check(0..<max(1, count / part)) }
        check(count / 2..<count)
    }
}
