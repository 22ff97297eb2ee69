import Foundation
import Scoring

/// A calibration as it is stored: the numbers in force, and how well the population supports them.
struct CalibrationDocument: Codable, Equatable {
    /// People looked at, those of them who bought, and who bought within the value window.
    var people: Int
    var buyers: Int
    var recentBuyers: Int
    var rfm: Cutoffs
    var repeatBuying: RepeatBuying?
    var orderValue: OrderValue?
    var holdOut: Trial?
    /// None where it was made before there were any.
    var percentiles: [Percentiles]?

    /// What a share of the people who have a score do not exceed.
    struct Percentiles: Codable, Equatable {
        var score: String
        /// How many have it.
        var people: Int
        /// At 0.1 %, 0.2 % … 99.9 %, in the unit people write the score in.
        var cuts: [Double]
    }

    struct Cutoffs: Codable, Equatable {
        var recency: [Int64]
        var frequency: [Int64]
        /// Minor units.
        var monetary: [Int64]
    }

    struct RepeatBuying: Codable, Equatable {
        /// `mbg_nbd` or `bg_nbd`.
        var kind: String
        var r: Double
        var alpha: Double
        var a: Double
        var b: Double
        /// Of r, alpha, a and b.
        var standardErrors: [Double]
        var logLikelihood: Double
        var customers: Int
        var repeatBuyers: Int
        var converged: Bool
    }

    struct OrderValue: Codable, Equatable {
        var p: Double
        var q: Double
        /// Currency units.
        var v: Double
        var standardErrors: [Double]
        var logLikelihood: Double
        var repeatBuyers: Int
        var converged: Bool
    }

    /// What a model fitted to the time before says of the last days.
    struct Trial: Codable, Equatable {
        struct Row: Codable, Equatable {
            var customers: Int
            var predicted: Double
            var actual: Int
        }
        var days: Int
        /// By repeat days before: 0…6, and 7 or more.
        var rows: [Row]
    }

    /// The part of it that people are judged by.
    func calibration(version: Int) throws(Unreadable) -> Calibration {
        var calibration = Calibration()
        calibration.version = Int32(clamping: version)
        calibration.rfm = RFMCutoffs(recency: rfm.recency, frequency: rfm.frequency, monetary: rfm.monetary)
        if let fit = repeatBuying {
            guard let kind = RepeatBuyingModel.Kind(name: fit.kind),
                let model = RepeatBuyingModel(kind, r: fit.r, alpha: fit.alpha, a: fit.a, b: fit.b)
            else { throw Unreadable(what: "calibration \(version): repeat buying") }
            calibration.repeatBuying = model
        }
        if let fit = orderValue {
            guard let model = GammaGamma(p: fit.p, q: fit.q, v: fit.v) else {
                throw Unreadable(what: "calibration \(version): order value")
            }
            calibration.orderValue = model
        }
        for score in percentiles ?? [] where score.cuts.count == 999 {
            calibration.percentiles[score.score] = score.cuts
        }
        return calibration
    }

    /// What is stored and no program of this version has written.
    struct Unreadable: Error { let what: String }

    static func read(_ text: String) throws(Unreadable) -> CalibrationDocument {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { return try decoder.decode(CalibrationDocument.self, from: Data(text.utf8)) } catch {
            throw Unreadable(what: "calibration: \(error)")
        }
    }

    var text: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        // Numbers and names alone: nothing of it cannot be written.
        return String(decoding: try! encoder.encode(self), as: UTF8.self)
    }
}

extension RepeatBuyingModel.Kind {
    var name: String { self == .bgNBD ? "bg_nbd" : "mbg_nbd" }

    init?(name: String) {
        switch name {
        case "bg_nbd": self = .bgNBD
        case "mbg_nbd": self = .mbgNBD
        default: return nil
        }
    }
}

extension CalibrationDocument.RepeatBuying {
    init(_ fit: RepeatBuyingFit) {
        self.init(
            kind: fit.model.kind.name, r: fit.model.r, alpha: fit.model.alpha, a: fit.model.a, b: fit.model.b,
            standardErrors: fit.standardErrors, logLikelihood: fit.logLikelihood, customers: fit.customers,
            repeatBuyers: fit.repeatBuyers, converged: fit.isConverged)
    }
}

extension CalibrationDocument.OrderValue {
    init(_ fit: GammaGammaFit) {
        self.init(
            p: fit.model.p, q: fit.model.q, v: fit.model.v, standardErrors: fit.standardErrors,
            logLikelihood: fit.logLikelihood, repeatBuyers: fit.repeatBuyers, converged: fit.isConverged)
    }
}

extension CalibrationDocument.Trial {
    init(_ trial: HoldOut, days: Int) {
        self.init(
            days: days,
            rows: trial.rows.map { Row(customers: $0.customers, predicted: $0.predicted, actual: $0.actual) })
    }
}
