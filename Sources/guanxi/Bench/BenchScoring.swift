import Postgres
import Profiles
import Scoring

/// What it costs to score one person with everything on, on one core: the people of the run, decoded before.
struct BenchScoring {
    let profiles: Int
    let microseconds: Double

    /// Models of the CDNOW customers (Fader, Hardie and Lee 2005; Fader and Hardie 2013) and cut-offs of no meaning:
    /// they cost what any others cost.
    private static let calibration: Calibration = {
        var calibration = Calibration()
        calibration.rfm = RFMCutoffs(
            recency: [7, 30, 90, 180], frequency: [1, 2, 3, 5], monetary: [2000, 5000, 12_000, 40_000])
        calibration.repeatBuying = RepeatBuyingModel(.mbgNBD, r: 0.525, alpha: 6.183, a: 0.891, b: 1.614)
        calibration.orderValue = GammaGamma(p: 6.25, q: 3.74, v: 15.44)
        return calibration
    }()

    private static func score(
        _ person: borrowing Profile, at now: Int64, by judge: Judge
    ) -> Double {
        let evaluation = Evaluation(person, at: now, by: judge)
        let tastes = Tastes(person, at: now, by: judge)
        return evaluation.engagement + Double(tastes.cities)
    }

    /// - Parameter most: how many people are measured.
    init(_ configuration: Configuration, most: Int = 50_000) throws {
        let rows = try Database(configuration, purpose: "bench").rows(
            "bench states", "SELECT state FROM profile LIMIT $1::bigint", [.int(Int64(most))])
        var people: [Profile] = []
        for row in 0..<rows.count {
            do throws(EncodingError) { people.append(try Profile(decoding: rows.bytes(row, 0).span)) } catch {
                throw Failure(.failed, "a stored profile cannot be read: \(error)")
            }
        }
        let now = people.map(\.newest).max() ?? 0
        let judge = Judge(model: .standard, calibration: Self.calibration, calendar: configuration.rules.calendar)
        var sum = 0.0
        var best = Duration.seconds(3600)
        // The quickest of five rounds: what slows a round down is not the scores.
        for _ in 0..<5 {
            let round = ContinuousClock().measure {
                // A worker has the person in its hands: nothing is copied to be scored.
                for index in people.indices { sum += Self.score(people[index], at: now, by: judge) }
            }
            best = min(best, round)
        }
        // What is never read may never be computed.
        precondition(sum.isFinite, "scores are finite")
        profiles = people.count
        microseconds = people.isEmpty ? 0 : best / .microseconds(1) / Double(people.count)
    }
}
