import Interactions
import Profiles

/// What the person bought and kept: only standing purchases count, each at what its refunds left.
public struct Purchases {
    /// Those of the timeline, standing or not, in timeline order.
    let timeline: [NetPurchase]
    /// Days with a standing purchase, ascending; those summed into `older` are not in it.
    let days: [PurchaseDay]
    let older: Profile.OlderPurchases
    private let departed: [PurchaseDay]
    /// Ever: how many, and their net spend in minor units.
    private(set) var count: Int64
    private(set) var net: Int64
    /// Unix ms of the first and the last.
    private(set) var first: Int64?
    private(set) var last: Int64?

    public init(_ profile: borrowing Profile, _ calendar: borrowing LocalCalendar) {
        timeline = profile.netPurchases()
        days = profile.purchaseDays(timeline, calendar)
        departed = profile.departedPurchases
        older = profile.olderPurchases
        count = older.orders
        net = older.net
        first = older.first
        last = older.last
        for day in days {
            count += day.orders
            net = net.saturatingAdd(day.net)
        }
        for purchase in timeline where purchase.stands {
            let time = profile.entries[purchase.index].time
            first = earlier(first, time)
            last = later(last, time)
        }
    }

    var firstDay: Int? {
        guard let first = days.first else { return nil }
        return Int(older.days > 0 ? min(older.firstDay, first.day) : first.day)
    }
    var lastDay: Int? { days.last.map { Int($0.day) } }

    /// Distinct days with a purchase, less one; nil without a purchase.
    var repeatDays: Int? { days.isEmpty ? nil : Int(older.days) + days.count - 1 }

    /// Local days between the last two purchase days; nil with fewer than two.
    var gap: Int? { days.count < 2 ? nil : Int(days[days.count - 1].day - days[days.count - 2].day) }

    /// The local day of the purchase that makes the newest `wanted` full; nil with fewer.
    func day(ofNewest wanted: Int) -> Int? {
        var found: Int64 = 0
        for day in days.reversed() {
            found += day.orders
            if found >= wanted { return Int(day.day) }
        }
        return nil
    }

    /// Mean net of the purchase days but the first, minor units; nil with fewer than two days.
    ///
    /// Of somebody with more days than are kept one by one, the first is taken at the mean of those summed.
    var meanOfRepeatDays: Double? {
        guard let repeats = repeatDays, repeats > 0 else { return nil }
        let first = older.days > 0 ? Double(older.net) / Double(older.days) : Double(days[0].net)
        return (Double(net) - first) / Double(repeats)
    }

    // MARK: - Habits

    /// How the person buys: share of purchases with a coupon (price sensitivity), mean net in minor units, distinct
    /// brands a purchase; over those of the timeline, nil without one.
    func habits(_ profile: Profile) -> (couponShare: Double, averageOrder: Double, novelty: Double)? {
        var bought = 0
        var coupons = 0
        var net: Int64 = 0
        var brands: [StringPool.ID] = []
        for purchase in timeline where purchase.stands {
            let entry = profile.entries[purchase.index]
            bought += 1
            if entry.coupon != StringPool.absent { coupons += 1 }
            net = net.saturatingAdd(purchase.net)
            if entry.brand != StringPool.absent, !brands.contains(entry.brand) { brands.append(entry.brand) }
        }
        if bought == 0 { return nil }
        let count = Double(bought)
        return (Double(coupons) / count, Double(net) / count, Double(brands.count) / count)
    }

    // MARK: - New, repeat, referred

    /// Whether the entry is a standing purchase and another precedes it. What has left the timeline precedes all in it.
    func isRepeat(entry: Int) -> Bool {
        var isFirst = older.first == nil
        for purchase in timeline where purchase.stands {
            if purchase.index == entry { return !isFirst }
            isFirst = false
        }
        return false
    }

    /// Repeat purchases that have left the timeline: the middle of their day, and how many.
    func departedRepeats(_ view: Viewpoint) -> [(time: Int64, orders: Int64)] {
        var result: [(time: Int64, orders: Int64)] = []
        for (index, day) in departed.enumerated() {
            let orders = index == 0 && older.days == 0 ? day.orders - 1 : day.orders
            let start = view.calendar.start(of: Int(day.day))
            result.append((start + (view.calendar.start(of: Int(day.day) + 1) - start) / 2, orders))
        }
        return result
    }

    /// Of the last standing purchase: with a referrer, after another one, or the first; nil without one.
    func kindOfLast(_ profile: Profile) -> PurchaseKind? {
        guard let last = timeline.last(where: \.stands) else { return count > 1 ? .repeated : count == 1 ? .new : nil }
        let referrer = profile.entries[last.index].referrer
        if referrer != StringPool.absent, !profile.identities.contains(where: { $0.identity == referrer }) {
            return .referred
        }
        return isRepeat(entry: last.index) ? .repeated : .new
    }
}

/// Amounts by local day, ascending, and their sums over the days before any day.
struct DailySums {
    private let days: [Int32]
    /// Sums from each day to the end, and 0 after it; empty where there are no days.
    private let suffix: [(orders: Int64, amount: Int64)]
    private let length: Int

    /// - Parameter length: days a sum reaches back, its own day included.
    init(_ rows: [(day: Int32, orders: Int64, amount: Int64)], length: Int) {
        days = rows.map(\.day)
        self.length = length
        if rows.isEmpty {
            suffix = []
            return
        }
        var suffix = [(orders: Int64, amount: Int64)](repeating: (0, 0), count: rows.count + 1)
        for index in rows.indices.reversed() {
            suffix[index].orders = suffix[index + 1].orders + rows[index].orders
            suffix[index].amount = suffix[index + 1].amount.saturatingAdd(rows[index].amount)
        }
        self.suffix = suffix
    }

    init(_ days: [PurchaseDay], length: Int) {
        self.init(days.map { ($0.day, $0.orders, $0.net) }, length: length)
    }

    var count: Int { days.count }
    func day(_ index: Int) -> Int { Int(days[index]) }
    func amount(_ index: Int) -> Int64 { suffix[index].amount - suffix[index + 1].amount }
    /// The day on which what is of day `index` leaves the window.
    func exit(_ index: Int) -> Int { Int(days[index]) + length }

    /// Over the window that ends with `day`; what lies ahead of it counts as of that day.
    func sums(on day: Int) -> (orders: Int64, amount: Int64) {
        suffix.isEmpty ? (0, 0) : suffix[days.partitioningIndex { Int($0) > day - length }]
    }

    /// The days on which something leaves the window, ascending.
    var exits: [Int] { days.map { Int($0) + length } }
}
