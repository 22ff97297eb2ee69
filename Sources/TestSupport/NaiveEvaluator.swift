import Glibc
import Interactions
import Profiles
import Scoring

/// The oracle: keeps every event, and answers by the text of the contract with the simplest code there is.
///
/// It shares types and the calendar with the product, and no logic.
package struct NaiveEvaluator {
    let events: [Event]
    /// Standing purchases in timeline order, with what the refunds of their orders left.
    package let purchases: [(event: Event, net: Int64)]
    let inbound: [Event]
    /// Every instant at which the stage could turn by itself: each event's age passing a whole number of days, and the
    /// local midnights a year after it.
    private let candidates: [Int64]
    /// Local days with a standing purchase, ascending.
    let dates: [Int]
    let calendar: LocalCalendar
    let cutoffs: RFMCutoffs?
    static let day: Int64 = 86_400_000

    /// - Parameter log: events as delivered; duplicates and retractions are sorted out here.
    package init(_ log: [Event], calendar: LocalCalendar = .utc, cutoffs: RFMCutoffs? = nil) {
        var seen: Set<String> = []
        let distinct = log.filter { seen.insert("\($0.customer)\u{0}\($0.id)").inserted }
        let registers: Set<EventType> = [.retract, .tagAdd, .tagRemove, .attributesSet, .link, .unlink, .erase]
        let retracted = Set(distinct.filter { $0.type == .retract }.map { "\($0.customer)\u{0}\($0.refersTo ?? "")" })
        events =
            distinct
            .filter { !registers.contains($0.type) && !retracted.contains("\($0.customer)\u{0}\($0.id)") }
            .sorted { ($0.at, Self.hash($0)) < ($1.at, Self.hash($1)) }
        self.calendar = calendar
        self.cutoffs = cutoffs
        purchases = Self.standing(events)
        inbound = events.filter(Self.isInbound)
        dates = Set(purchases.map { calendar.day($0.event.at) }).sorted()
        var candidates: Set<Int64> = []
        for event in events {
            for days in [30, 90, 180] as [Int64] {
                candidates.formUnion([event.at + days * Self.day, event.at + days * Self.day + 1])
            }
            candidates.insert(calendar.start(of: calendar.day(event.at) + 365))
        }
        self.candidates = candidates.sorted()
    }

    private static func hash(_ event: Event) -> UInt64 {
        HashKey.standard.event(customer: Array(event.customer.utf8).span, eventID: Array(event.id.utf8).span)
    }

    // MARK: - Purchases

    private static func standing(_ events: [Event]) -> [(event: Event, net: Int64)] {
        var left: [String: Int64] = [:]
        var named: Set<String> = []
        for refund in events where refund.type == .refund {
            guard let order = refund.order else { continue }
            named.insert(order)
            // A refund without amount takes whatever there is.
            left[order] = min(1 << 50, (left[order] ?? 0) + (refund.amount ?? 1 << 50))
        }
        var result: [(Event, Int64)] = []
        for purchase in events where purchase.type == .purchase {
            let amount = purchase.amount ?? 0
            guard let order = purchase.order, named.contains(order) else {
                result.append((purchase, amount))
                continue
            }
            let taken = min(amount, left[order]!)
            left[order]! -= taken
            if amount - taken > 0 { result.append((purchase, amount - taken)) }
        }
        return result
    }

    /// What the standing purchases of a log mean to those who recommended them: events of theirs, which keep the
    /// buyer's name and the purchase's id, as two such events are one by these.
    package static func conversions(_ log: [Event]) -> [String: [Event]] {
        var result: [String: [Event]] = [:]
        for (buyer, events) in Dictionary(grouping: log, by: \.customer) {
            for (purchase, net) in NaiveEvaluator(events).purchases {
                guard let referrer = purchase.referrer, referrer != buyer else { continue }
                var event = Event(purchase.id, .referralConverted, at: purchase.at)
                event.customer = buyer
                event.channel = purchase.channel
                event.amount = net
                event.referrer = buyer
                result[referrer, default: []].append(event)
            }
        }
        return result
    }

    // MARK: - Facts

    func newest(_ types: [EventType], _ matches: (Event) -> Bool = { _ in true }) -> Event? {
        events.last { types.contains($0.type) && matches($0) }
    }

    func channel(_ event: Event) -> String { event.channel ?? String(event.customer.prefix { $0 != ":" }) }

    package var level: Level {
        if newest([.memberJoin, .memberLeave])?.type == .memberJoin { return .member }
        if !purchases.isEmpty { return .customer }
        let channels = Set(events.filter { $0.type == .follow }.map(channel))
        let followed = channels.filter { name in
            newest([.follow, .unfollow]) { channel($0) == name }?.type == .follow
        }
        let mutual = followed.contains { name in
            newest([.followBack, .unfollowBack]) { channel($0) == name }?.type == .followBack
        }
        if mutual { return .friend }
        if !followed.isEmpty { return .fan }
        return inbound.contains { $0.type.family != .browse } ? .interactor : .visitor
    }

    private static func isInbound(_ event: Event) -> Bool {
        let entry = event.type.entry
        guard entry.direction == .inbound else { return false }
        return entry.weight > 0 || [.trade, .content, .service, .activity].contains(entry.family)
    }

    /// The stage at `t`, condition by condition.
    package func lifecycle(at t: Int64) -> Lifecycle {
        let bought = purchases
        func days(_ time: Int64) -> Double { Double(max(0, t - time)) / Double(Self.day) }
        if let last = bought.last {
            let d = days(last.event.at)
            let gap = dates.count >= 2 ? dates[dates.count - 1] - dates[dates.count - 2] : 0
            let year = bought.filter { max(0, calendar.day(t) - calendar.day($0.event.at)) < 365 }.count
            if bought.count >= 2, d <= 30, gap >= 180 { return .wonBack }
            if bought.count == 1, d <= 30 { return .new }
            if year >= 3, d <= 90 { return .loyal }
            if d <= 90 { return .active }
            return d < 180 ? .atRisk : .lapsed
        }
        guard inbound.contains(where: { $0.type.family != .browse }), let last = inbound.map(\.at).max() else {
            return .stranger
        }
        return days(last) <= 30 ? .prospect : .dormant
    }

    /// The first instant after `t` at which stage, tier or grade differs.
    package func nextTurn(after t: Int64) -> Int64? {
        let now = lifecycle(at: t)
        let stage = candidates.first { $0 > t && lifecycle(at: $0) != now }
        let today = calendar.day(t)
        let standing = (tier(on: today), grade(on: today))
        guard let last = dates.last, today < last + 366 else { return stage }
        let midnight = (today + 1...last + 366).first { (tier(on: $0), grade(on: $0)) != standing }
        return [stage, midnight.map { calendar.start(of: $0) }].compactMap { $0 }.min()
    }

    /// The last instant up to `t` at which the stage turned with no event: after the last purchase of a buyer, the last
    /// inbound event of anyone else.
    package func lastTurn(upTo t: Int64) -> Int64? {
        guard let settled = purchases.last?.event.at ?? inbound.last?.at else { return nil }
        return candidates.last { $0 > settled && $0 <= t && lifecycle(at: $0 - 1) != lifecycle(at: $0) }
    }

    // MARK: - Everything

    package func evaluation(at t: Int64) -> Evaluation {
        var result = Evaluation()
        let today = calendar.day(t)
        let bought = purchases
        result.level = level
        result.connection = [.weak, .neutral, .neutral, .strong, .strong, .strong][Int(level.rawValue)]
        result.lifecycle = lifecycle(at: t)
        result.lifecycleTurnedAt = lastTurn(upTo: t)
        result.changesAt = nextTurn(after: t) ?? .max
        for event in inbound {
            result.engagementSum +=
                event.type.entry.weight * pow(0.5, Double(max(0, t - event.at)) / Double(14 * Self.day))
        }
        result.engagement = 100 * (1 - exp(-result.engagementSum / 20))
        result.activity =
            Set(
                inbound.map { max(0, today - calendar.day($0.at)) }.filter { $0 < 30 }
            ).count
        let year = bought.filter { max(0, today - calendar.day($0.event.at)) < 365 }
        result.frequency = year.count
        result.monetary = year.map(\.net).reduce(0, +)
        result.purchases = Int64(bought.count)
        result.netSpend = bought.map(\.net).reduce(0, +)
        if let first = dates.first, let last = dates.last {
            if !year.isEmpty { result.recency = max(0, today - last) }
            result.repeatDays = dates.count - 1
            result.recencyDays = last - first
            result.tenureDays = max(today, last) - first
        }
        let seen = events.filter { $0.type != .referralConverted }.map(\.at)
        result.firstSeen = seen.min()
        result.lastSeen = seen.max()
        result.firstPurchase = bought.map(\.event.at).min()
        result.lastPurchase = bought.map(\.event.at).max()
        addScores(to: &result, at: t)
        let consent = newest([.optIn, .optOut]) { $0.channel == nil }
        result.marketable = consent?.type != .optOut
        return result
    }
}
