import Interactions
import Profiles

/// How an event type earns points (积分).
public struct PointsRule: Equatable, Sendable {
    public enum Basis: Equatable, Sendable {
        /// So many an event, for the first `cap` of a local day.
        case each(points: Int64, cap: Int64?)
        /// So many for every whole currency unit of what a day's purchases come to.
        case perUnit(points: Int64)
        /// So many for the first event ever on each channel.
        case oncePerChannel(points: Int64)
    }

    public var type: EventType
    public var basis: Basis
    /// What the ledger calls it: the name of the type.
    public var name: String { type.name }

    public init(_ type: EventType, _ basis: Basis) {
        self.type = type
        self.basis = basis
    }

    /// What the rule of an event type is called in the ledger where no rule was written: adjustments and redemptions.
    static let adjustment = EventType.pointsAdjust
    static let redemption = EventType.pointsRedeem
}

/// One line of the ledger: a day of a rule.
public struct PointsRow: Equatable, Sendable {
    public enum Kind: UInt8, CaseIterable, Sendable {
        case earned, redeemed, adjusted
        public var name: String { ["earned", "redeemed", "adjusted"][Int(rawValue)] }
    }

    /// Local day since 1970-01-01.
    public var day: Int32
    /// Whose rule.
    public var rule: EventType
    public var kind: Kind
    public var earned: Int64 = 0
    /// Of an earned row: what was taken from it. Of the others: what was granted that day.
    public var spent: Int64 = 0
    /// What was asked for that day and not granted.
    public var refused: Int64 = 0

    /// Nothing is in it: such a line is not stored.
    public var isEmpty: Bool { earned == 0 && spent == 0 && refused == 0 }

    /// Order of the ledger, and of spending: oldest day first, then the rule's name.
    static func precedes(_ a: PointsRow, _ b: PointsRow) -> Bool {
        if a.day != b.day { return a.day < b.day }
        if a.rule != b.rule { return order[Int(a.rule.rawValue)] < order[Int(b.rule.rawValue)] }
        return a.kind.rawValue < b.kind.rawValue
    }

    func hasPlace(of other: PointsRow) -> Bool { day == other.day && rule == other.rule && kind == other.kind }

    /// Rank of each type by the bytes of its name.
    private static let order: [UInt8] = {
        var order = [UInt8](repeating: 0, count: EventType.tableSize)
        let byName = EventType.catalogue.sorted { $0.names[0].utf8.lexicographicallyPrecedes($1.names[0].utf8) }
        for (rank, entry) in byName.enumerated() { order[Int(entry.type.rawValue)] = UInt8(rank) }
        return order
    }()
}

/// A redemption, which is granted whole or not at all, or a negative adjustment, which takes what there is.
struct Withdrawal {
    var moment: Moment
    var points: Int64
    var isRedemption: Bool

    /// Nil where the move gives.
    init?(_ move: PointsAccount.Move) {
        isRedemption = move.type == .pointsRedeem
        // The least integer has no opposite; no sum of adjustments comes near it.
        points = isRedemption ? move.quantity : -max(move.quantity, -.max)
        moment = move.moment
        if points <= 0 { return nil }
    }
}

/// The points of one person, which *are* the balance: one row a day and rule, computed from what is kept.
///
/// Earned rows have their final value, net of every refund and retraction; then redemptions and negative adjustments
/// are taken from the rows that are alive on their day, oldest first. A redemption that finds too little is refused
/// whole, a negative adjustment takes what there is; so the balance is never negative.
public struct PointsLedger: Equatable, Sendable {
    /// Ascending by day, rule and kind.
    public private(set) var rows: [PointsRow] = []
    private let life: Int32
    /// Types that may change the ledger.
    private let movers: EventTypeSet

    public init(_ profile: borrowing Profile, model: ScoringModel, calendar: LocalCalendar) {
        self.init(profile, by: Judge(model: model, calibration: nil, calendar: calendar))
    }

    public init(_ profile: borrowing Profile, by judge: Judge) {
        self.init(profile, Purchases(profile, judge.calendar), by: judge)
    }

    /// - Parameter purchases: those of the profile.
    public init(_ profile: borrowing Profile, _ purchases: borrowing Purchases, by judge: Judge) {
        self.init(earnedBy: profile, purchases, by: judge)
        spend(profile.openWithdrawals(), judge.calendar)
    }

    /// What was earned, less what settled withdrawals took of it; those that are not settled are still to come.
    init(
        earnedBy profile: borrowing Profile, _ purchases: borrowing Purchases, by judge: Judge
    ) {
        let (model, calendar) = (judge.model, judge.calendar)
        life = Int32(clamping: model.pointsLife)
        movers = model.pointsTypes
        let types = profile.types
        if types.isDisjoint(from: movers) { return }
        for rule in model.points where types.contains(rule.type) { earn(rule, profile, purchases, calendar) }
        for (day, granted) in profile.granted(calendar) { add(PointsRule.adjustment, day, granted) }
        rows.sort(by: PointsRow.precedes)
        for day in profile.points.days where day.spent > 0 {
            let settled = PointsRow(day: day.day, rule: day.type, kind: .earned)
            let place = rows.partitioningIndex { !PointsRow.precedes($0, settled) }
            // What was refunded or taken back after it was spent is nobody's debt.
            if place < rows.count, rows[place].hasPlace(of: settled) {
                rows[place].spent = min(day.spent, rows[place].earned)
            }
        }
    }

    private mutating func earn(
        _ rule: PointsRule, _ profile: borrowing Profile, _ purchases: borrowing Purchases, _ calendar: LocalCalendar
    ) {
        switch rule.basis {
        case .each(let points, let cap):
            for (day, count) in profile.daily(rule.type, calendar) {
                add(rule.type, day, min(count, cap ?? .max).saturatingMultiply(points))
            }
        case .perUnit(let points):
            for day in purchases.days { add(rule.type, day.day, (day.net / 100).saturatingMultiply(points)) }
        case .oncePerChannel(let points):
            for moment in profile.firstOfEachChannel(rule.type) {
                add(rule.type, Int32(calendar.day(moment.time)), points)
            }
        }
    }

    private mutating func add(_ rule: EventType, _ day: Int32, _ points: Int64) {
        if points <= 0 { return }
        if let last = rows.indices.last, rows[last].rule == rule, rows[last].day == day {
            rows[last].earned = rows[last].earned.saturatingAdd(points)
        } else {
            rows.append(PointsRow(day: day, rule: rule, kind: .earned, earned: points))
        }
    }

    // MARK: - Spending

    mutating func spend(_ withdrawals: [Withdrawal], _ calendar: LocalCalendar) {
        if withdrawals.isEmpty { return }
        let earned = rows.count
        for withdrawal in withdrawals {
            let day = Int32(calendar.day(withdrawal.moment.time))
            let taken = take(withdrawal, on: day, of: rows.indices.prefix(earned))
            let rule = withdrawal.isRedemption ? PointsRule.redemption : PointsRule.adjustment
            let kind = withdrawal.isRedemption ? PointsRow.Kind.redeemed : .adjusted
            let index =
                rows[earned...].firstIndex { $0.day == day && $0.kind == kind } ?? rows.endIndex
            if index == rows.endIndex { rows.append(PointsRow(day: day, rule: rule, kind: kind)) }
            rows[index].spent += taken
            rows[index].refused += withdrawal.points - taken
        }
        rows.sort(by: PointsRow.precedes)
    }

    /// Takes what is granted from the rows alive on `day`, oldest first; how much that is.
    private mutating func take(_ withdrawal: Withdrawal, on day: Int32, of earned: Range<Int>) -> Int64 {
        let alive = earned.filter { rows[$0].day <= day && day < rows[$0].day + life }
        if withdrawal.isRedemption {
            let available = alive.reduce(Int64(0)) { $0.saturatingAdd(rows[$1].earned - rows[$1].spent) }
            if available < withdrawal.points { return 0 }
        }
        var wanted = withdrawal.points
        for index in alive where wanted > 0 {
            let part = min(wanted, rows[index].earned - rows[index].spent)
            rows[index].spent += part
            wanted -= part
        }
        return withdrawal.points - wanted
    }

    // MARK: - Reading

    /// Points that may be spent on local day `day`: what is left of rows that have not expired.
    public func balance(on day: Int) -> Int64 {
        rows.reduce(0) { sum, row in
            row.kind == .earned && Int(row.day) + Int(life) > day ? sum.saturatingAdd(row.earned - row.spent) : sum
        }
    }

    /// Points earned by day, for a tier by points.
    var earnedByDay: [(day: Int32, orders: Int64, amount: Int64)] {
        var result: [(day: Int32, orders: Int64, amount: Int64)] = []
        for row in rows where row.kind == .earned {
            if let last = result.indices.last, result[last].day == row.day {
                result[last].amount = result[last].amount.saturatingAdd(row.earned)
            } else {
                result.append((row.day, 1, row.earned))
            }
        }
        return result
    }

    /// The first local day whose rows are computed from all there was.
    public func firstDay(of profile: Profile, _ calendar: LocalCalendar) -> Int {
        let isShortened = profile.departed.contains { movers.contains($0.type) }
        return isShortened ? calendar.day(profile.newest) - DayTable.days + 1 : .min
    }

    /// The rows that differ from `old`; one that is gone comes with nothing in it.
    ///
    /// Where anything that moves points has left the timeline, rows of days that have left the day table are history:
    /// what they were computed from is no longer kept.
    public func changes(since old: PointsLedger, of profile: Profile, _ calendar: LocalCalendar) -> [PointsRow] {
        let first = firstDay(of: profile, calendar)
        var changes: [PointsRow] = []
        var before = old.rows[...]
        func drop(_ row: PointsRow) {
            if Int(row.day) >= first { changes.append(PointsRow(day: row.day, rule: row.rule, kind: row.kind)) }
        }
        for row in rows {
            while let first = before.first, PointsRow.precedes(first, row) { drop(before.removeFirst()) }
            if let first = before.first, first.hasPlace(of: row) {
                before.removeFirst()
                if first == row { continue }
            }
            if Int(row.day) >= first { changes.append(row) }
        }
        for row in before { drop(row) }
        return changes
    }
}

extension ScoringModel {
    /// Whether an event of the type may change the ledger: earns, spends, refunds or takes something back.
    public func movesPoints(_ type: EventType) -> Bool { pointsTypes.contains(type) }
    /// Whether an event of one of the types may.
    public func movesPoints(_ types: EventTypeSet) -> Bool { !pointsTypes.isDisjoint(from: types) }
}

extension Profile {
    /// Events of a type by local day, ascending: older than the day table, in the day table, in the timeline.
    fileprivate func daily(_ type: EventType, _ calendar: LocalCalendar) -> [(day: Int32, sum: Int64)] {
        var result = DailyCounts()
        for day in points.days where day.type == type { result.add(day.day, day.count) }
        for row in dayTable.days where row.type == type { result.add(row.bucket, row.count) }
        for entry in entries[range(of: type)] where !entry.isRetracted {
            result.add(Int32(calendar.day(entry.time)), 1)
        }
        return result.rows
    }

    /// Points granted by adjustments, by local day, ascending.
    fileprivate func granted(_ calendar: LocalCalendar) -> [(day: Int32, sum: Int64)] {
        var result = DailyCounts()
        for day in points.days where day.type == .pointsAdjust { result.add(day.day, day.count) }
        for move in points.moves where move.type == .pointsAdjust && move.quantity > 0 {
            result.add(Int32(calendar.day(move.moment.time)), move.quantity)
        }
        for entry in entries[range(of: .pointsAdjust)] where !entry.isRetracted && entry.quantity > 0 {
            result.add(Int32(calendar.day(entry.time)), Int64(entry.quantity))
        }
        return result.rows
    }

    /// Redemptions and negative adjustments that are not settled, in timeline order.
    fileprivate func openWithdrawals() -> [Withdrawal] {
        let (redeemed, adjusted) = (range(of: .pointsRedeem), range(of: .pointsAdjust))
        if points.moves.isEmpty && redeemed.isEmpty && adjusted.isEmpty { return [] }
        var result = points.moves.compactMap { Withdrawal($0) }
        result += entries[redeemed].compactMap(\.openWithdrawal)
        result += entries[adjusted].compactMap(\.openWithdrawal)
        result.sort { $0.moment < $1.moment }
        return result
    }

    /// When the first follow of each channel was, among those not retracted, ascending by channel.
    fileprivate func firstOfEachChannel(_ type: EventType) -> [Moment] {
        var first: [(channel: StringPool.ID, moment: Moment)] = []
        if type == .follow {
            for register in registers where register.fact == .firstFollow {
                first.append((register.channel, register.moment))
            }
        }
        for entry in entries[range(of: type)] where !entry.isRetracted {
            if first.contains(where: { $0.channel == entry.channel }) { continue }
            first.append((entry.channel, Moment(time: entry.time, hash: entry.hash)))
        }
        return first.map(\.moment).sorted()
    }
}

/// Sums by day, ascending.
private struct DailyCounts {
    private(set) var rows: [(day: Int32, sum: Int64)] = []

    mutating func add(_ day: Int32, _ sum: Int64) {
        // What has left is older than what has not, so the place is nearly always at the end.
        var place = rows.count
        while place > 0, rows[place - 1].day > day { place -= 1 }
        if place > 0, rows[place - 1].day == day {
            rows[place - 1].sum = rows[place - 1].sum.saturatingAdd(sum)
        } else {
            rows.insert((day, sum), at: place)
        }
    }
}

extension Int64 {
    fileprivate func saturatingMultiply(_ other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
