import Interactions
import Profiles
import RealModule

extension Evaluation {
    /// Everything that is computed of `profile` at instant `t`; a pure function of its arguments.
    ///
    /// - Parameter t: Unix ms. Every folded event counts, one that lies after `t` with age 0.
    package init(_ profile: Profile, at t: Int64, model: ScoringModel, calendar: LocalCalendar) {
        self.init()
        let today = calendar.day(t)
        readTimeline(profile, at: t, today: today, model: model, calendar: calendar)
        addDayTable(profile.dayTable, at: t, today: today, model: model, calendar: calendar)
        engagement = 100 * (1 - Double.exp(-engagementSum / model.engagementScale))
        let bought = readPurchases(profile, today: today, model: model, calendar: calendar)

        let seen = Self.inboundSeen(profile)
        level = Self.level(profile, purchases: purchases, hasInteracted: seen.hasInteracted)
        connection = Connection(level)
        let facts = LifecycleFacts(
            purchases: purchases, lastPurchase: lastPurchase, gap: bought.gap, loyalDay: bought.loyalDay,
            hasInteracted: seen.hasInteracted, lastInbound: seen.last, model: model, calendar: calendar)
        lifecycle = facts.stage(at: t)
        let turns = facts.turns(around: t)
        lifecycleTurnedAt = turns.last
        changesAt = turns.next ?? .max
        marketable = profile.holds(.consent) ?? model.isConsentOpen
    }

    // MARK: - Contacts

    /// Engagement, activity, first and last seen, as far as the timeline knows them.
    private mutating func readTimeline(
        _ profile: Profile, at t: Int64, today: Int, model: ScoringModel, calendar: LocalCalendar
    ) {
        var days = ActivityDays(model.activityDays)
        for row in profile.departed where row.type != .referralConverted {
            if let first = row.first { firstSeen = min(firstSeen ?? .max, first) }
            if let last = row.last { lastSeen = max(lastSeen ?? .min, last) }
        }
        let perDay = -1 / (model.engagementHalfLife * Double(LocalCalendar.dayLength))
        // Nothing older than this can be within the activity days, whatever the time zone.
        let recent = t - Int64(model.activityDays + 2) * LocalCalendar.dayLength
        for entry in profile.entries where !entry.isRetracted && entry.type != .referralConverted {
            firstSeen = min(firstSeen ?? .max, entry.time)
            lastSeen = max(lastSeen ?? .min, entry.time)
            guard entry.type.isInbound else { continue }
            let weight = model.weights[Int(entry.type.rawValue)]
            if weight != 0 { engagementSum += weight * Double.exp2(Double(max(0, t - entry.time)) * perDay) }
            if entry.time >= recent { days.insert(age: today - calendar.day(entry.time)) }
        }
        for row in profile.dayTable.days where row.type.isInbound { days.insert(age: today - Int(row.bucket)) }
        activity = days.count
    }

    /// Events that have left the timeline decay from the middle of their day or month; the totals add nothing.
    private mutating func addDayTable(
        _ table: DayTable, at t: Int64, today: Int, model: ScoringModel, calendar: LocalCalendar
    ) {
        let perDay = -1 / (model.engagementHalfLife * Double(LocalCalendar.dayLength))
        func add(_ rows: [DayRow], middle: (Int) -> Int64) {
            var bucket = Int32.min
            var decay = 0.0
            for row in rows where row.type.isInbound {
                let weight = model.weights[Int(row.type.rawValue)]
                if weight == 0 { continue }
                if row.bucket != bucket {
                    bucket = row.bucket
                    decay = Double.exp2(Double(max(0, t - middle(Int(bucket)))) * perDay)
                }
                engagementSum += weight * Double(row.count) * decay
            }
        }
        add(table.days) { day in
            let start = calendar.start(of: day)
            return start + (calendar.start(of: day + 1) - start) / 2
        }
        add(table.months) { month in
            let start = calendar.start(of: LocalCalendar.firstDay(ofMonth: month))
            return start + (calendar.start(of: LocalCalendar.firstDay(ofMonth: month + 1)) - start) / 2
        }
    }

    /// The newest inbound event, and whether any was outside the browse family, ever.
    private static func inboundSeen(_ profile: Profile) -> (last: Int64?, hasInteracted: Bool) {
        var last: Int64?
        var hasInteracted = false
        for row in profile.departed where row.type.isInbound {
            guard let newest = row.last else { continue }
            last = max(last ?? .min, newest)
            if !browse.contains(row.type) { hasInteracted = true }
        }
        for entry in profile.entries where !entry.isRetracted && entry.type.isInbound {
            last = max(last ?? .min, entry.time)
            if !browse.contains(entry.type) { hasInteracted = true }
        }
        return (last, hasInteracted)
    }

    private static let browse = EventType.family(.browse)

    // MARK: - Purchases

    /// Purchases, spend, RFM figures and the repeat-buying summary; what the lifecycle needs of them.
    private mutating func readPurchases(
        _ profile: Profile, today: Int, model: ScoringModel, calendar: LocalCalendar
    ) -> (gap: Int?, loyalDay: Int?) {
        let net = profile.netPurchases()
        let days = profile.purchaseDays(net, calendar)
        let older = profile.olderPurchases
        firstPurchase = older.first
        lastPurchase = older.last
        for purchase in net where purchase.stands {
            let time = profile.entries[purchase.index].time
            firstPurchase = min(firstPurchase ?? .max, time)
            lastPurchase = max(lastPurchase ?? .min, time)
        }
        purchases = older.orders
        netSpend = older.net
        for day in days {
            purchases += day.orders
            netSpend = netSpend.saturatingAdd(day.net)
            if max(0, today - Int(day.day)) < model.valueDays {
                frequency += Int(day.orders)
                monetary = monetary.saturatingAdd(day.net)
            }
        }
        guard let last = days.last.map({ Int($0.day) }) else { return (nil, nil) }
        let first = older.days > 0 ? min(Int(older.firstDay), Int(days[0].day)) : Int(days[0].day)
        if frequency > 0 { recency = max(0, today - last) }
        repeatDays = Int(older.days) + days.count - 1
        recencyDays = last - first
        tenureDays = max(today, last) - first

        let gap = days.count >= 2 ? last - Int(days[days.count - 2].day) : nil
        var newest: Int64 = 0
        var loyalDay: Int?
        for day in days.reversed() {
            newest += day.orders
            if newest >= model.loyalPurchases {
                loyalDay = Int(day.day)
                break
            }
        }
        return (gap, loyalDay)
    }

    // MARK: - Level

    /// The highest rung of the ladder whose condition holds; no rung depends on time.
    private static func level(_ profile: Profile, purchases: Int64, hasInteracted: Bool) -> Level {
        if profile.holds(.membership) == true { return .member }
        if purchases > 0 { return .customer }
        var level = hasInteracted ? Level.interactor : .visitor
        for channel in profile.channels(of: .follow) where profile.holds(.follow, channel: channel) == true {
            if profile.holds(.followBack, channel: channel) == true { return .friend }
            level = .fan
        }
        return level
    }
}

/// Distinct days of the last few, by age in days; an event after the evaluation has age 0.
private struct ActivityDays {
    private var bits: [UInt64]
    private let limit: Int

    init(_ limit: Int) {
        self.limit = limit
        bits = [UInt64](repeating: 0, count: (limit + 63) / 64)
    }

    mutating func insert(age: Int) {
        let age = max(0, age)
        if age < limit { bits[age / 64] |= 1 << UInt64(age % 64) }
    }

    var count: Int { bits.reduce(0) { $0 + $1.nonzeroBitCount } }
}
