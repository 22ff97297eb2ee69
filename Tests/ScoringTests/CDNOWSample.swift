import Foundation

@testable import Scoring

/// The CDNOW sample, split at the end of 1997-09-30 into 39 weeks to fit to and 39 to compare with.
enum CDNOWSample {
    struct Buyer {
        var history: CountedHistory
        /// Mean of the repeat days, in dollars; 0 if none.
        var mean: Double
        /// The same to the cent, as the published summary has it.
        var roundedMean: Double
        /// Days with a purchase in the second half.
        var later: Int
    }

    /// From the purchase log, by customer of the sample.
    static let buyers: [Buyer] = {
        var spent: [[Int: Int]] = Array(repeating: [:], count: 2357)
        for line in lines("CDNOW_sample.txt") {
            let fields = line.split(separator: " ")
            let cents = Int(fields[4].filter { $0 != "." })!
            spent[Int(fields[1])! - 1][day(Int(fields[2])!), default: 0] += cents
        }
        let end = day(1997_09_30)
        return spent.map { days in
            let repeats = days.keys.filter { $0 <= end }.sorted()
            let history = CountedHistory(
                repeatDays: Int32(repeats.count - 1), recencyDays: Int32(repeats.last! - repeats[0]),
                tenureDays: Int32(end - repeats[0]))
            let count = Double(max(1, repeats.count - 1))
            let cents = repeats.dropFirst().reduce(0) { $0 + Double(days[$1]!) }
            return Buyer(
                history: history, mean: cents / count / 100, roundedMean: (cents / count).rounded() / 100,
                later: days.count - repeats.count)
        }
    }()

    static var spending: [CountedSpending] {
        buyers.map { CountedSpending(repeatDays: $0.history.repeatDays, mean: $0.mean) }
    }

    /// The published summary: the same in weeks, to two decimals.
    static let rounded: [PurchaseHistory] = lines("cdnow_customers_summary.csv").dropFirst().map { line in
        let fields = line.split(separator: ",")
        return PurchaseHistory(repeatDays: Int(fields[1])!, recency: Double(fields[2])!, tenure: Double(fields[3])!)
    }

    private static func lines(_ name: String) -> [Substring] {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let text = try? String(contentsOf: tests.appending(path: "Fixtures/cdnow/\(name)"), encoding: .utf8)
        return text!.split(whereSeparator: \.isNewline)
    }

    /// Days since 1997-01-01, of a date of that year or the next.
    private static func day(_ date: Int) -> Int {
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        return (date / 10_000 - 1997) * 365 + before[date / 100 % 100 - 1] + date % 100 - 1
    }
}

/// Equal up to a relative error; exactly, where one of them is 0.
func isClose(_ a: Double, _ b: Double, _ error: Double = 1e-6) -> Bool {
    a == b || abs(a - b) <= error * min(abs(a), abs(b))
}

extension RepeatBuyingModel {
    /// Fader, Hardie and Lee (2005); the same to all digits, from the published summary and from days divided by 7.
    static let paper = RepeatBuyingModel(.bgNBD, r: 0.243, alpha: 4.414, a: 0.793, b: 2.426)!
    static let fitted = RepeatBuyingModel(.bgNBD, r: 0.24259291, alpha: 4.41353146, a: 0.79288604, b: 2.42575318)!
    static let exact = RepeatBuyingModel(.bgNBD, r: 0.24259453, alpha: 4.41360218, a: 0.79292203, b: 2.42590687)!
    /// BTYDplus.
    static let modified = RepeatBuyingModel(.mbgNBD, r: 0.525, alpha: 6.183, a: 0.891, b: 1.614)!
}

extension GammaGamma {
    /// Fader and Hardie (2013).
    static let paper = GammaGamma(p: 6.25, q: 3.74, v: 15.44)!
    /// Fitted to means to the cent.
    static let fitted = GammaGamma(p: 6.248804, q: 3.744588, v: 15.447744)!
}
