import Interactions
import Profiles

/// What the person likes and where and when (偏好): from the timeline, weighted as engagement, half-life 60 days.
///
/// Strings are numbers of the profile's pool: whoever writes them down copies them out of it.
public struct Tastes: Sendable {
    /// The best five by weight, best first; 0 where there are fewer.
    public typealias TopFive = SIMD8<StringPool.ID>

    public private(set) var categories = TopFive()
    public private(set) var brands = TopFive()
    public private(set) var channel = StringPool.absent
    public private(set) var city = StringPool.absent
    /// 0…23, local; nil without an inbound event.
    public private(set) var hour: Int?
    /// Distinct cities (活动范围).
    public private(set) var cities = 0

    public init(
        _ profile: borrowing Profile, at t: Int64, model: borrowing ScoringModel, calendar: borrowing LocalCalendar
    ) {
        let view = Viewpoint(t, model, calendar)
        var weights = Weights(strings: profile.strings.count)
        var hours = InlineArray<24, Double>(repeating: -1)
        let factors = model.channels.isEmpty ? [] : Contacts.factors(profile.strings, model.channels)
        for entry in profile.entries where !entry.isRetracted && entry.type.isInbound {
            var weight = model.weights[Int(entry.type.rawValue)]
            if !factors.isEmpty { weight *= factors[Int(entry.channel)] }
            if weight != 0 { weight *= view.decay(entry.time, model.tasteHalfLife) }
            weights.add(entry.category, weight, to: .category)
            weights.add(entry.brand, weight, to: .brand)
            weights.add(entry.channel, weight, to: .channel)
            weights.add(entry.city, weight, to: .city)
            let hour = calendar.hour(entry.time)
            hours[hour] = max(0, hours[hour]) + weight
        }
        categories = weights.best(.category, profile.strings)
        brands = weights.best(.brand, profile.strings)
        channel = weights.best(.channel, profile.strings)[0]
        city = weights.best(.city, profile.strings)[0]
        cities = weights.count(.city)
        for index in hours.indices where hours[index] >= 0 && hours[index] > hour.map({ hours[$0] }) ?? -1 {
            hour = index
        }
    }
}

/// The weight of every string of the pool in each of four roles.
private struct Weights {
    enum Role: Int { case category, brand, channel, city }

    /// By number in the pool; below zero where nothing has the value.
    private var weights: [SIMD4<Double>]

    init(strings: Int) { weights = Array(repeating: SIMD4(repeating: -1), count: strings) }

    mutating func add(_ value: StringPool.ID, _ weight: Double, to role: Role) {
        if value == StringPool.absent { return }
        let index = Int(value)
        weights[index][role.rawValue] = max(0, weights[index][role.rawValue]) + weight
    }

    func count(_ role: Role) -> Int { weights.count { $0[role.rawValue] >= 0 } }

    /// The five heaviest, ties by smaller bytes.
    func best(_ role: Role, _ strings: StringPool) -> Tastes.TopFive {
        var best = Tastes.TopFive()
        var count = 0
        var heaviest = SIMD8<Double>()
        for (index, weights) in weights.enumerated() where weights[role.rawValue] >= 0 {
            let (value, weight) = (StringPool.ID(index), weights[role.rawValue])
            var place = count
            while place > 0,
                weight > heaviest[place - 1]
                    || (weight == heaviest[place - 1] && strings.precedes(value, best[place - 1]))
            {
                place -= 1
            }
            if place >= 5 { continue }
            for index in stride(from: min(count, 4), to: place, by: -1) {
                best[index] = best[index - 1]
                heaviest[index] = heaviest[index - 1]
            }
            best[place] = value
            heaviest[place] = weight
            count = min(5, count + 1)
        }
        return best
    }
}
