import Interactions
import Profiles

/// What the person likes and where and when (偏好): from the timeline, weighted as engagement, half-life 60 days.
///
/// Strings are numbers of the profile's pool: whoever writes them down copies them out of it.
public struct Tastes: Sendable {
    /// The best five by weight, best first; 0 where there are fewer.
    public typealias TopFive = InlineArray<5, StringPool.ID>

    public private(set) var categories = TopFive(repeating: StringPool.absent)
    public private(set) var brands = TopFive(repeating: StringPool.absent)
    public private(set) var channel = StringPool.absent
    public private(set) var city = StringPool.absent
    /// 0…23, local; nil without an inbound event.
    public private(set) var hour: Int?
    /// Distinct cities (活动范围).
    public private(set) var cities = 0

    public init(
        _ profile: borrowing Profile, at t: Int64, model: ScoringModel, calendar: LocalCalendar
    ) {
        self.init(profile, at: t, by: Judge(model: model, calibration: nil, calendar: calendar))
    }

    public init(_ profile: borrowing Profile, at t: Int64, by judge: Judge) {
        let view = Viewpoint(t, judge)
        let model = judge.model
        var weights = Weights(strings: profile.strings.count)
        var hours = InlineArray<24, Double>(repeating: -1)
        let inbound = EventType.inboundSet
        let factors = model.channels.isEmpty ? [] : Contacts.factors(profile.strings, model.channels)
        for run in profile.runs where inbound.contains(run.type) {
            let typeWeight = model.weights[Int(run.type.rawValue)]
            for index in run.range {
                let entry = profile.entries[index]
                if entry.isRetracted { continue }
                var weight = factors.isEmpty ? typeWeight : typeWeight * factors[Int(entry.channel)]
                if weight != 0 { weight *= view.decay(entry.time, model.tasteHalfLife) }
                weights.add(entry.category, weight, to: .category)
                weights.add(entry.brand, weight, to: .brand)
                weights.add(entry.channel, weight, to: .channel)
                weights.add(entry.city, weight, to: .city)
                let hour = judge.calendar.hour(entry.time)
                hours[hour] = max(0, hours[hour]) + weight
            }
        }
        var best = InlineArray<4, Heaviest>(repeating: Heaviest())
        weights.each { string, role, weight in best[role].take(string, weight, profile.strings) }
        categories = best[Role.category.rawValue].values
        brands = best[Role.brand.rawValue].values
        channel = best[Role.channel.rawValue].values[0]
        city = best[Role.city.rawValue].values[0]
        cities = best[Role.city.rawValue].count
        for index in hours.indices where hours[index] >= 0 && hours[index] > hour.map({ hours[$0] }) ?? -1 {
            hour = index
        }
    }
}

/// What a string says of an event.
private enum Role: Int { case category, brand, channel, city }

/// The weight of every string of the pool in each role.
private struct Weights {
    /// By number in the pool, four roles each; below zero where nothing has the value.
    private var values: [Double] = []

    init(strings: Int) {
        values.append(addingCapacity: strings * 4) { $0.append(repeating: -1, count: strings * 4) }
    }

    @inline(__always) mutating func add(_ value: StringPool.ID, _ weight: Double, to role: Role) {
        if value == StringPool.absent { return }
        let place = Int(value) * 4 + role.rawValue
        values[place] = max(0, values[place]) + weight
    }

    @inline(__always) func each(_ body: (_ string: StringPool.ID, _ role: Int, _ weight: Double) -> Void) {
        for place in values.indices where values[place] >= 0 {
            body(StringPool.ID(place / 4), place % 4, values[place])
        }
    }
}

/// The five heaviest of the strings of a role, ties by smaller bytes, and how many there are in all.
private struct Heaviest {
    private(set) var values = Tastes.TopFive(repeating: StringPool.absent)
    private(set) var count = 0
    private var weights = InlineArray<5, Double>(repeating: 0)

    mutating func take(_ value: StringPool.ID, _ weight: Double, _ strings: borrowing StringPool) {
        var place = min(count, 5)
        while place > 0,
            weight > weights[place - 1] || (weight == weights[place - 1] && strings.precedes(value, values[place - 1]))
        {
            place -= 1
        }
        count += 1
        if place >= 5 { return }
        for index in stride(from: min(count - 1, 4), to: place, by: -1) {
            values[index] = values[index - 1]
            weights[index] = weights[index - 1]
        }
        values[place] = value
        weights[place] = weight
    }
}
