import Profiles

/// Everybody who ever bought, as of one instant: what a calibration is made from.
///
/// Takes one profile after the other and keeps counts: distinct purchase histories, distinct spendings, and one number
/// a buyer of the last year; so millions of people take megabytes.
public struct Population {
    /// The local date it is seen from: purchases after it do not exist.
    private let today: Int
    private let valueDays: Int
    private let calendar: LocalCalendar
    /// Days of the hold-out period, the last before `today`; 0 for none.
    private let holdOut: Int

    public private(set) var people = 0
    /// With a standing purchase up to the instant, and with one in the value window.
    public private(set) var buyers = 0
    public private(set) var recentBuyers: Int = 0
    private var histories: [UInt64: Int] = [:]
    private var spending: [UInt64: Int] = [:]
    private var heldOut: [UInt64: Int] = [:]
    private var recency: [Int64: Int] = [:]
    private var frequency: [Int64: Int] = [:]
    private var monetary: [Int64] = []

    /// - Parameter holdOut: days at the end that a model is tried on, fitted to what was before.
    public init(today: Int, valueDays: Int, holdOut: Int, calendar: LocalCalendar) {
        self.today = today
        self.valueDays = valueDays
        self.holdOut = holdOut
        self.calendar = calendar
    }

    public mutating func add(_ profile: Profile) {
        people += 1
        let bought = Purchases(profile, calendar)
        let days = bought.days.prefix { Int($0.day) <= today }
        guard let last = days.last, let firstDay = bought.firstDay else { return }
        buyers += 1
        let older = Int(bought.older.days)
        let repeats = older + days.count - 1
        histories[Self.packed(repeats, Int(last.day) - firstDay, today - firstDay), default: 0] += 1

        if repeats > 0 {
            let net = days.reduce(older > 0 ? bought.older.net : 0) { $0.saturatingAdd($1.net) }
            let first = older > 0 ? bought.older.net / Int64(older) : days[0].net
            let mean = (Double(net) - Double(first)) / Double(repeats)
            if mean > 0 { spending[Self.packed(repeats, cents: mean), default: 0] += 1 }
        }
        var orders: Int64 = 0
        var spent: Int64 = 0
        for day in days where today - Int(day.day) < valueDays {
            orders += day.orders
            spent = spent.saturatingAdd(day.net)
        }
        if orders > 0 {
            recentBuyers += 1
            recency[Int64(today - Int(last.day)), default: 0] += 1
            frequency[orders, default: 0] += 1
            monetary.append(spent)
        }
        if holdOut > 0 { hold(days, firstDay, older) }
    }

    private mutating func hold(_ days: ArraySlice<PurchaseDay>, _ firstDay: Int, _ older: Int) {
        let cut = today - holdOut
        let before = days.prefix { Int($0.day) <= cut }
        guard firstDay <= cut, let last = before.last else { return }
        let history = Self.packed(older + before.count - 1, Int(last.day) - firstDay, cut - firstDay)
        heldOut[history | UInt64(min(1023, days.count - before.count)) << 54, default: 0] += 1
    }

    // MARK: - What it says

    /// The quintiles of R, F and M; nil when nobody bought in the window.
    public var cutoffs: RFMCutoffs? {
        if monetary.isEmpty { return nil }
        func quintiles(_ counts: [Int64: Int]) -> [Int64] {
            let values = counts.sorted { $0.key < $1.key }
            return Self.quintiles.map { place in
                var left = Self.place(place, of: recentBuyers)
                return values.first {
                    left -= $0.value
                    return left <= 0
                }!.key
            }
        }
        let spent = monetary.sorted()
        return RFMCutoffs(
            recency: quintiles(recency), frequency: quintiles(frequency),
            monetary: Self.quintiles.map { spent[Self.place($0, of: spent.count) - 1] })
    }

    public func repeatBuying(_ kind: RepeatBuyingModel.Kind) throws(FitRefusal) -> RepeatBuyingFit {
        try RepeatBuyingFit(kind, Self.counted(histories))
    }

    public func orderValue() throws(FitRefusal) -> GammaGammaFit {
        try GammaGammaFit(
            spending.sorted { $0.key < $1.key }.map { key, count in
                CountedSpending(
                    repeatDays: Int32(key >> 44), mean: Double(key & 0xfff_ffff_ffff) / 100, customers: count)
            })
    }

    /// A model fitted to what was before the hold-out period, and what it says of the period.
    public func tried(_ kind: RepeatBuyingModel.Kind) throws(FitRefusal) -> HoldOut {
        var before: [UInt64: Int] = [:]
        for (key, count) in heldOut { before[key & Self.historyMask, default: 0] += count }
        let fit = try RepeatBuyingFit(kind, Self.counted(before))
        // In an order of its own, so that sums of the same people are the same to the last bit.
        let customers = heldOut.sorted { $0.key < $1.key }.lazy.map { key, count in
            (history: Self.unpacked(key & Self.historyMask, 1).history, actual: Int(key >> 54), count: count)
        }
        return HoldOut(fit.model, weeks: Double(holdOut) / 7, customers)
    }

    // MARK: - Packing

    /// x, t_x and T in days: eighteen bits each.
    private static let historyMask: UInt64 = (1 << 54) - 1

    private static func packed(_ repeats: Int, _ recency: Int, _ tenure: Int) -> UInt64 {
        func field(_ value: Int) -> UInt64 { UInt64(max(0, min((1 << 18) - 1, value))) }
        return field(repeats) << 36 | field(recency) << 18 | field(tenure)
    }

    private static func packed(_ repeats: Int, cents mean: Double) -> UInt64 {
        UInt64(min((1 << 20) - 1, repeats)) << 44 | UInt64(min(0xfff_ffff_ffff, mean.rounded(.toNearestOrEven)))
    }

    private static func unpacked(_ key: UInt64, _ count: Int) -> CountedHistory {
        let mask: UInt64 = (1 << 18) - 1
        return CountedHistory(
            repeatDays: Int32(key >> 36 & mask), recencyDays: Int32(key >> 18 & mask), tenureDays: Int32(key & mask),
            customers: count)
    }

    private static func counted(_ histories: [UInt64: Int]) -> [CountedHistory] {
        histories.sorted { $0.key < $1.key }.map { unpacked($0.key, $0.value) }
    }

    private static let quintiles = [1, 2, 3, 4]

    /// `percentile_disc`: the place, from 1, of the first of `count` sorted values at or beyond n fifths.
    private static func place(_ fifths: Int, of count: Int) -> Int { max(1, (count * fifths + 4) / 5) }
}
