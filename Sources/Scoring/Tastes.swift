import Interactions
import Profiles

/// What the person likes and where and when (偏好): from the timeline, weighted as engagement, half-life 60 days.
///
/// Strings are numbers of the profile's pool: whoever writes them down copies them out of it.
package struct Tastes: Sendable {
    /// The best five by weight, best first; 0 where there are fewer.
    package typealias TopFive = SIMD8<StringPool.ID>

    package private(set) var categories = TopFive()
    package private(set) var brands = TopFive()
    package private(set) var channel = StringPool.absent
    package private(set) var city = StringPool.absent
    /// 0…23, local; nil without an inbound event.
    package private(set) var hour: Int?
    /// Distinct cities (活动范围).
    package private(set) var cities = 0

    package init(_ profile: Profile, at t: Int64, model: ScoringModel, calendar: LocalCalendar) {
        let view = Viewpoint(t, model, calendar)
        var categories = Weights()
        var brands = Weights()
        var channels = Weights()
        var cities = Weights()
        var hours = [Double](repeating: -1, count: 24)
        let factors = model.channels.isEmpty ? [] : Contacts.factors(profile.strings, model.channels)
        for entry in profile.entries where !entry.isRetracted && entry.type.isInbound {
            var weight = model.weights[Int(entry.type.rawValue)]
            if !factors.isEmpty { weight *= factors[Int(entry.channel)] }
            if weight != 0 { weight *= view.decay(entry.time, model.tasteHalfLife) }
            categories.add(entry.category, weight)
            brands.add(entry.brand, weight)
            channels.add(entry.channel, weight)
            cities.add(entry.city, weight)
            let hour = calendar.hour(entry.time)
            hours[hour] = max(0, hours[hour]) + weight
        }
        self.categories = categories.best(profile.strings)
        self.brands = brands.best(profile.strings)
        channel = channels.best(profile.strings)[0]
        city = cities.best(profile.strings)[0]
        self.cities = cities.count
        for (index, weight) in hours.enumerated() where weight >= 0 && weight > hour.map({ hours[$0] }) ?? -1 {
            hour = index
        }
    }
}

/// Weights by value: few values a person, so they are looked through.
private struct Weights {
    private var values: [(value: StringPool.ID, weight: Double)] = []

    var count: Int { values.count }

    mutating func add(_ value: StringPool.ID, _ weight: Double) {
        if value == StringPool.absent { return }
        if let index = values.firstIndex(where: { $0.value == value }) {
            values[index].weight += weight
        } else {
            values.append((value, weight))
        }
    }

    /// The five heaviest, ties by smaller bytes.
    func best(_ strings: StringPool) -> Tastes.TopFive {
        var best = Tastes.TopFive()
        var count = 0
        var weights = SIMD8<Double>()
        for (value, weight) in values {
            var place = count
            while place > 0,
                weight > weights[place - 1]
                    || (weight == weights[place - 1] && strings.precedes(value, best[place - 1]))
            {
                place -= 1
            }
            if place >= 5 { continue }
            for index in stride(from: min(count, 4), to: place, by: -1) {
                best[index] = best[index - 1]
                weights[index] = weights[index - 1]
            }
            best[place] = value
            weights[place] = weight
            count = min(5, count + 1)
        }
        return best
    }
}
