import Interactions
import Profiles
import RealModule

/// What the person's own acts say of the relationship; how much was spent moves none of it.
struct Contacts {
    /// E = Σ w · c · decay(a, 14).
    var engagementSum = 0.0
    /// Distinct local days with an inbound event in the last 30.
    var activity = 0
    /// Relationship strength, 0…100.
    var strength = 0.0
    var firstSeen: Int64?
    var lastSeen: Int64?
    /// The newest inbound event.
    var lastInbound: Int64?
    /// Any inbound event outside the browse family, outside browse and trade, of the browse family; ever.
    var hasInteracted = false
    var hasShownInterest = false
    var hasBrowsed = false
    /// Distinct local months with an inbound event among the days of the value window.
    var activeMonths = 0

    init(_ profile: borrowing Profile, _ view: borrowing Viewpoint, reciprocity: Double) {
        let model = view.model
        var active = RecentDays()
        var contacts = RecentDays()
        var months = Months(view)
        var families: UInt32 = 0
        // Of the content family, in the window of the relationship strength.
        var shared = 0.0
        var lastContact: Int64?

        let inbound = EventType.inboundSet
        let (trade, content) = (Self.trade, Self.content)
        for row in profile.departed where row.type != .referralConverted {
            firstSeen = earlier(firstSeen, row.first)
            lastSeen = later(lastSeen, row.last)
            guard inbound.contains(row.type), let last = row.last else { continue }
            see(row.type, at: last)
            if trade.contains(row.type) { continue }
            lastContact = later(lastContact, last)
            if view.isWithin(model.strength.days, last) { families |= 1 << UInt32(row.type.family.rawValue) }
        }
        // Milliseconds after which a day is certainly outside every window.
        let longest =
            Int64(max(model.valueDays, model.activityDays, model.strength.days) + 2) * LocalCalendar.dayLength
        let channels = model.channels.isEmpty ? [] : Self.factors(profile.strings, model.channels)
        for run in profile.runs where run.type != .referralConverted {
            var (first, last) = (Int64.max, Int64.min)
            for index in run.range where !profile.entries[index].isRetracted {
                first = min(first, profile.entries[index].time)
                last = profile.entries[index].time
            }
            if first > last { continue }
            firstSeen = earlier(firstSeen, first)
            lastSeen = later(lastSeen, last)
            if !inbound.contains(run.type) { continue }
            see(run.type, at: last)
            let isContact = !trade.contains(run.type)
            if isContact { lastContact = later(lastContact, last) }
            let weight = model.weights[Int(run.type.rawValue)]
            let family: UInt32 = 1 << UInt32(run.type.family.rawValue)
            for index in run.range {
                let entry = profile.entries[index]
                if entry.isRetracted { continue }
                let weight = channels.isEmpty ? weight : weight * channels[Int(entry.channel)]
                if weight != 0 { engagementSum += weight * view.decay(entry.time, model.engagementHalfLife) }
                // Nothing older can be inside any of the windows, whatever the time zone.
                if view.age(entry.time) > longest { continue }
                let age = view.daysSince(view.calendar.day(entry.time))
                active.insert(age: age)
                months.insert(age: age)
                guard isContact else { continue }
                contacts.insert(age: age)
                if view.isWithin(model.strength.days, entry.time) {
                    families |= family
                    if content.contains(run.type) { shared += 1 }
                }
            }
        }
        for row in profile.dayTable.days where inbound.contains(row.type) {
            let age = view.daysSince(Int(row.bucket))
            active.insert(age: age)
            months.insert(age: age)
            if !trade.contains(row.type) { contacts.insert(age: age) }
        }
        view.eachDeparted(profile.dayTable, where: { inbound.contains($0.type) }) { row, middle in
            let weight = model.weights[Int(row.type.rawValue)]
            if weight != 0 {
                engagementSum += weight * Double(row.count) * view.decay(middle, model.engagementHalfLife)
            }
            if content.contains(row.type), view.isWithin(model.strength.days, middle) {
                shared += Double(row.count)
            }
        }
        activity = active.count(younger: model.activityDays)
        activeMonths = months.count

        let weights = model.strength
        let recency = lastContact.map { view.decay($0, weights.halfLife) } ?? 0
        let frequency = 1 - Double.exp(-Double(contacts.count(younger: weights.days)) / weights.frequencyScale)
        let breadth = min(1, Double(families.nonzeroBitCount) / weights.families)
        let depth = 1 - Double.exp(-shared / weights.contentScale)
        strength =
            100
            * (weights.recency * recency + weights.frequency * frequency + weights.reciprocity * reciprocity
                + weights.breadth * breadth + weights.depth * depth)
    }

    private mutating func see(_ type: EventType, at time: Int64) {
        lastInbound = later(lastInbound, time)
        if Self.browse.contains(type) {
            hasBrowsed = true
        } else {
            hasInteracted = true
            if !Self.trade.contains(type) { hasShownInterest = true }
        }
    }

    /// The factor of each channel, by its number in the pool.
    static func factors(_ strings: StringPool, _ channels: [String: Double]) -> [Double] {
        (0..<strings.count).map { $0 == 0 ? 1 : channels[strings.string(StringPool.ID($0))] ?? 1 }
    }

    static let browse = EventType.family(.browse)
    static let trade = EventType.family(.trade)
    static let content = EventType.family(.content)
}

/// Which of the local months of the value window have an inbound event, counting days of the window alone.
private struct Months {
    private let today: Int
    private let days: Int
    private let thisMonth: Int
    /// By months ago; a window has at most 3650 days.
    private var bits = InlineArray<3, UInt64>(repeating: 0)

    init(_ view: borrowing Viewpoint) {
        today = view.today
        days = view.model.valueDays
        thisMonth = LocalCalendar.month(ofDay: today)
    }

    /// Acts come in bursts: the day that was inserted last.
    private var newest = -1

    mutating func insert(age: Int) {
        if age >= days || age == newest { return }
        newest = age
        let back = thisMonth - LocalCalendar.month(ofDay: today - age)
        bits[back / 64] |= 1 << UInt64(back % 64)
    }

    var count: Int { bits[0].nonzeroBitCount + bits[1].nonzeroBitCount + bits[2].nonzeroBitCount }
}

/// The smaller and the greater of two that may be missing.
func earlier<Value: Comparable>(_ a: Value?, _ b: Value?) -> Value? { a.map { a in b.map { min(a, $0) } ?? a } ?? b }
func later<Value: Comparable>(_ a: Value?, _ b: Value?) -> Value? { a.map { a in b.map { max(a, $0) } ?? a } ?? b }
