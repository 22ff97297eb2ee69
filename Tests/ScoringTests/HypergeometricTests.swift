import Foundation
import TestSupport
import Testing

@testable import Scoring

@Suite struct HypergeometricTests {
    /// ln ₂F₁(a, b; c; z) by mpmath 1.4.1 at 60 digits: the power series in z summed until the rest is below 1e-45 of
    /// the sum, and `mpmath.hyp2f1` where z > 0.9996.
    static let values: [(a: Double, b: Double, c: Double, z: Double, log: Double)] = [
        (0.243, 2.426, 2.219, 0.5, 0.188218309262043),
        (2.243, 4.426, 4.219, 0.47, 1.50252885039958),
        (26.243, 28.426, 28.219, 0.6, 24.2269315023314),
        (7.243, 9.426, 9.219, 0.9, 17.1080318477185),
        (1000.243, 1002.426, 1002.219, 0.3, 356.835325174859),
        (1000.243, 1002.426, 1002.219, 0.97, 3508.13545195993),
        (0.243, 2.426, 2.219, 0.9995, 2.7015122445944),
        (0.243, 2.426, 2.219, 0.9999999, 6.48665768471199),
        (3.5, 0.4, 0.1, 0.8, 7.83234715611269),
        (0.5, 0.02, 0.01, 0.99, 2.97901589674488),
        (1.0, 1.0, 2.0, 0.5, 0.326634259978281),
        (2.0, 3.0, 3.0, 0.25, 0.575364144903562),
        (2.0, 3.0, 3.0000001, 0.25, 0.57536412504922),
        (5.0, 8.0, 2.5, 0.6, 11.4699687978555),
        (0.001, 0.001, 0.001, 0.9, 0.00230258509299405),
        (4000.0, 3000.0, 5000.0, 0.7, 2760.83952917711),
        (0.01, 5000.0, 5000.3, 0.999, 0.0685398616883503),
        (3000.0, 1.5, 2.0, 0.5, 2075.5591817586),
        (20.0, 0.7, 40.0, 0.95, 0.463468797388624),
        (1.5, 2.5, 9000.0, 0.999, 0.000416365544623319),
    ]

    @Test(arguments: values) func agreesWithSixtyDigits(
        _ row: (a: Double, b: Double, c: Double, z: Double, log: Double)
    ) {
        let found = logHypergeometric(row.a, row.b, row.c, row.z)
        #expect(abs(found - row.log) <= 1e-10 * max(1, row.log), "\(row) found \(found)")
        #expect(logHypergeometric(row.b, row.a, row.c, row.z) == found)
        if row.log < 700 { #expect(isClose(hypergeometric(row.a, row.b, row.c, row.z), exp(row.log), 1e-9)) }
    }

    /// F(a, b; b; z) = (1−z)^−a and z·F(1, 1; 2; z) = −ln(1−z).
    @Test func elementaryCases() {
        for z in [0, 1e-9, 0.1, 0.5, 0.99, 1 - 1e-12] {
            for a in [0.01, 1, 30, 2000] {
                let expected = -a * log1p(-z)
                #expect(abs(logHypergeometric(a, 3.5, 3.5, z) - expected) <= 1e-10 * max(1, expected))
            }
            if z > 0 { #expect(isClose(z * hypergeometric(1, 1, 2, z), -log1p(-z), 1e-10)) }
        }
    }

    /// Where the value exceeds a `Double` it is infinite; its logarithm is not.
    @Test func overflowIsInfinite() {
        #expect(hypergeometric(1000, 1002, 1001, 0.97) == .infinity)
        #expect(logHypergeometric(1000, 1002, 1001, 0.97).isFinite)
    }

    @Test(arguments: Seeds.all(10)) func growsWithZ(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<20 {
            let (a, b, excess) = (random.magnitude(-3, 3.5), random.magnitude(-3, 3.5), random.magnitude(-9, 3))
            // c > b − 1, as in the models.
            let c = max(b - 1, 0) + excess
            var last = 0.0
            for z in [1e-6, 0.3, 0.9, 0.999, 1 - 1e-9] {
                let log = logHypergeometric(a, b, c, z)
                #expect(log.isFinite && log >= last - 1e-10 * max(1, last), "seed \(seed): \(a), \(b), \(c), \(z)")
                last = log
            }
        }
    }

    /// ψ and ψ′ by mpmath 1.4.1.
    static let polygammas: [(x: Double, first: Double, second: Double)] = [
        (0.01, -100.5608854578687, 10001.62121352831),
        (0.3, -3.502524222200133, 12.24536454610773),
        (1.0, -0.5772156649015329, 1.644934066848226),
        (3.7, 1.167153539361511, 0.3100378576700383),
        (10.0, 2.251752589066721, 0.1051663356816857),
        (123.4, 4.811373775116277, 0.008136651610865263),
        (5000.0, 8.517093188082904, 0.0002000200013333333),
    ]

    @Test(arguments: polygammas) func polygamma(_ row: (x: Double, first: Double, second: Double)) {
        #expect(isClose(digamma(row.x), row.first, 2e-14))
        #expect(isClose(trigamma(row.x), row.second, 2e-14))
    }
}

extension SplitMix {
    /// Uniform in 0…1, the ends excluded.
    mutating func unit() -> Double { (Double(next() >> 11) + 0.5) / 9_007_199_254_740_992 }

    /// Ten to a power between `low` and `high`.
    mutating func magnitude(_ low: Double, _ high: Double) -> Double { pow(10, low + (high - low) * unit()) }
}
