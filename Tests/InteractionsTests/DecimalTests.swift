import Interactions
import TestSupport
import Testing

/// Decimal literals become integers by their own digits, half to even.
@Suite struct DecimalTests {
    private static func scaled(_ literal: String, _ places: Int) -> Int64? {
        Decimal.scaled(Array(literal.utf8).span, places: places)
    }

    static let cents: [(String, Int64?)] = [
        ("0", 0), ("-0", 0), ("0.0", 0), ("1", 100), ("-1", -100), ("12.3", 1230), ("12.34", 1234),
        // Exactly half goes to the even neighbour; anything beyond half goes up.
        ("0.125", 12), ("0.135", 14), ("0.1250", 12), ("0.12500001", 13), ("0.005", 0), ("0.015", 2),
        ("-0.125", -12), ("-0.135", -14), ("1.015", 102), ("1.005", 100), ("0.995", 100), ("9.995", 1000),
        ("0.0049999999999999999999", 0), ("0.0050000000000000000001", 1),
        // Exponents move the point and nothing else.
        ("1e2", 10_000), ("1E+2", 10_000), ("125e-3", 12), ("135e-3", 14), ("0.00125e2", 12), ("1e-9", 0),
        ("0e999999", 0), ("0.0e-5", 0), ("1e-999999999999", 0), ("10000000000e-10", 100),
        ("1000000000", 100_000_000_000), ("1e9", 100_000_000_000),
        // What does not fit is no number.
        ("1e999", nil), ("1e999999999999999999999", nil), ("92233720368547758.07", .max),
        ("92233720368547758.08", nil), ("92233720368547758.075", nil), ("99999999999999999999", nil),
    ]

    @Test(arguments: cents.indices) func hundredths(_ index: Int) {
        let (literal, expected) = Self.cents[index]
        #expect(Self.scaled(literal, 2) == expected, "\(literal)")
    }

    @Test func otherPlaces() {
        #expect(Self.scaled("0.2005", 3) == 200)
        #expect(Self.scaled("-0.2015", 3) == -202)
        #expect(Self.scaled("1767225600000", 0) == 1_767_225_600_000)
        #expect(Self.scaled("2.5", 0) == 2)
        #expect(Self.scaled("3.5", 0) == 4)
    }

    /// The oracle rounds on paper: it moves the point in the string, cuts, compares the rest with 5000…, carries by hand.
    private static func onPaper(_ whole: String, _ fraction: String, _ exponent: Int, places: Int) -> Int64 {
        var digits = Array((whole + fraction).utf8).map { Int($0) - 48 }
        var point = whole.utf8.count + exponent + places
        while point < 0 {
            digits.insert(0, at: 0)
            point += 1
        }
        while point > digits.count { digits.append(0) }
        var kept = [0] + Array(digits[..<point])
        let rest = Array(digits[point...])
        let half = [5] + [Int](repeating: 0, count: max(0, rest.count - 1))
        let isOdd = kept[kept.count - 1] % 2 == 1
        if !rest.isEmpty, half.lexicographicallyPrecedes(rest) || (rest == half && isOdd) {
            var place = kept.count - 1
            while kept[place] == 9 {
                kept[place] = 0
                place -= 1
            }
            kept[place] += 1
        }
        return kept.reduce(0) { $0 * 10 + Int64($1) }
    }

    @Test(arguments: Seeds.all(200)) func roundingEqualsRoundingOnPaper(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<20 {
            // Digits that sit on halves and carries more often than chance would have it.
            func digits(_ count: Int) -> String {
                (0..<count).map { _ in String(random.chance(50) ? random.one(of: [0, 5, 9]) : random.below(10)) }
                    .joined()
            }
            let wholeDigits = digits(1 + random.below(8))
            let whole = String(wholeDigits.drop { $0 == "0" }).isEmpty ? "0" : String(wholeDigits.drop { $0 == "0" })
            let fraction = digits(random.below(8))
            let exponent = random.chance(40) ? random.below(13) - 8 : 0
            let places = random.below(4)
            let isNegative = random.chance(30)
            var literal = (isNegative ? "-" : "") + whole
            if !fraction.isEmpty { literal += "." + fraction }
            if exponent != 0 { literal += random.one(of: ["e", "E"]) + "\(exponent)" }
            let paper = Self.onPaper(whole, fraction, exponent, places: places)
            #expect(
                Self.scaled(literal, places) == (isNegative ? -paper : paper),
                "seed \(seed): \(literal) to \(places) places")
        }
    }
}
