/// What is known of the population, as of one instant: a stored, versioned snapshot that people are judged against
/// until the next one, so that nobody's grade changes because of somebody else in between.
public struct Calibration: Equatable, Sendable {
    /// Counts up from 1.
    public var version: Int32 = 0
    public var rfm: RFMCutoffs?
    public var repeatBuying: RepeatBuyingModel?
    public var orderValue: GammaGamma?
    /// By name of the score, in the unit people write it in: percentile_disc of 0.1 %, 0.2 % … 99.9 % over those who
    /// had it at the calibration's instant.
    public var percentiles: [String: [Double]] = [:]

    public init() {}
}

/// The quintiles of R, F and M over people with a purchase in the window: four cut-offs each, ascending.
public struct RFMCutoffs: Equatable, Sendable {
    /// Days.
    public var recency: [Int64]
    /// Purchases.
    public var frequency: [Int64]
    /// Minor units.
    public var monetary: [Int64]

    public init(recency: [Int64], frequency: [Int64], monetary: [Int64]) {
        self.recency = recency
        self.frequency = frequency
        self.monetary = monetary
    }

    /// 1 + the number of cut-offs strictly below the value, so ties go to the lower; R reversed.
    public func scores(recency: Int, frequency: Int64, monetary: Int64) -> RFMScores {
        func below(_ cuts: [Int64], _ value: Int64) -> Int { cuts.count { $0 < value } }
        return RFMScores(
            recency: 5 - below(self.recency, Int64(recency)), frequency: 1 + below(self.frequency, frequency),
            monetary: 1 + below(self.monetary, monetary))
    }
}

/// R, F and M as 1 (worst) to 5.
public struct RFMScores: Equatable, Sendable {
    public var recency: Int
    public var frequency: Int
    public var monetary: Int

    public init(recency: Int, frequency: Int, monetary: Int) {
        self.recency = recency
        self.frequency = frequency
        self.monetary = monetary
    }

    /// Sum 13–15 A, 10–12 B, 7–9 C, 5–6 D, 3–4 E.
    public var grade: Grade {
        switch recency + frequency + monetary {
        case 13...: .a
        case 10...12: .b
        case 7...9: .c
        case 5...6: .d
        default: .e
        }
    }
}
