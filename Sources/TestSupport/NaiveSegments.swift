import Interactions
import Profiles
import Scoring
import Segments

/// The oracle of segments: walks the tree and all events at one instant, by the text of the language.
///
/// It shares the tree with the product, and no logic. What it knows nothing of (scores, rungs) it asks of the oracle of
/// scores.
package struct NaiveSegments {
    private let people: NaiveEvaluator
    /// As delivered, each once, in timeline order: tags and attributes are in none of the lists of the other oracle.
    private let log: [Event]
    private let segments: [String: Segment]
    private let percentiles: [String: [Double]]

    package init(
        _ log: [Event], _ segments: [Segment], calendar: LocalCalendar = .utc, cutoffs: RFMCutoffs? = nil,
        percentiles: [String: [Double]] = [:]
    ) {
        people = NaiveEvaluator(log, calendar: calendar, cutoffs: cutoffs)
        var seen: Set<String> = []
        self.log =
            log.filter { seen.insert("\($0.customer)\u{0}\($0.id)").inserted }.sorted {
                ($0.at, Self.hash($0)) < ($1.at, Self.hash($1))
            }
        self.segments = Dictionary(uniqueKeysWithValues: segments.map { ($0.id, $0) })
        self.percentiles = percentiles
    }

    private static func hash(_ event: Event) -> UInt64 {
        HashKey.standard.event(customer: Array(event.customer.utf8).span, eventID: Array(event.id.utf8).span)
    }

    package func isMember(of id: String, at t: Int64) -> Bool { holds(segments[id]!.condition, t) }

    package func holds(_ condition: Condition, _ t: Int64) -> Bool {
        switch condition {
        case .all(let conditions): return !conditions.contains { !holds($0, t) }
        case .any(let conditions): return conditions.contains { holds($0, t) }
        case .not(let condition): return !holds(condition, t)
        case .segment(let id): return isMember(of: id, at: t)
        case .measure(let measure, let bounds):
            let value = number(measure, t)
            return value >= bounds.atLeast ?? .min && value <= bounds.atMost ?? .max
        case .ratio(let of, let to, let bounds):
            let below = inUnits(to, t)
            if below == 0 { return false }
            let value = inUnits(of, t) / below
            return value >= bounds.atLeast ?? -.infinity && value <= bounds.atMost ?? .infinity
        case .sequence(let steps, let gap, let window):
            let events = people.events.filter { isInside($0, window, t) }
            func follows(_ step: Int, _ from: Int, _ time: Int64?) -> Bool {
                if step == steps.count { return true }
                return events.indices.contains { index in
                    index >= from && matches(events[index], steps[step])
                        && (time == nil || gap == nil || events[index].at - time! <= gap!)
                        && follows(step + 1, index + 1, events[index].at)
                }
            }
            return follows(0, 0, nil)
        case .absent(let after, let then, let length):
            guard let start = people.events.lastIndex(where: { matches($0, after) }) else { return false }
            if people.events[(start + 1)...].contains(where: { matches($0, then) }) { return false }
            return t - people.events[start].at >= length
        case .last(let filter, let older, let newer):
            guard let last = people.events.last(where: { matches($0, filter) }) else { return false }
            let age = max(0, t - last.at)
            return (older == nil || age >= older!) && (newer == nil || age < newer!)
        case .score(let score, let bounds):
            guard let value = score.value(people.evaluation(at: t)) else { return false }
            return value >= bounds.atLeast ?? -.infinity && value <= bounds.atMost ?? .infinity
        case .percentile(let score, let share):
            guard let cuts = percentiles[score.name], let value = score.value(people.evaluation(at: t)) else {
                return false
            }
            return share.isTop ? value > cuts[999 - share.permille] : value <= cuts[share.permille - 1]
        case .standing(let standing):
            let now = people.evaluation(at: t)
            let rung: UInt8
            switch standing.ladder {
            case .level: rung = now.level.rawValue
            case .lifecycle: rung = now.lifecycle.rawValue
            case .tier: rung = now.tier.rawValue
            case .connection: rung = now.connection.rawValue
            case .grade:
                guard let grade = now.grade else { return false }
                rung = grade.rawValue
            }
            return standing.rungs & (1 << UInt16(rung)) != 0
        case .tag(let name, let exists):
            let word = log.last { ($0.type == .tagAdd || $0.type == .tagRemove) && $0.tags.contains(name) }
            return (word?.type == .tagAdd) == exists
        case .attribute(let name, let test): return holds(test, of: name)
        }
    }

    // MARK: - Events

    private func matches(_ event: Event, _ filter: EventFilter) -> Bool {
        if !filter.types.contains(event.type) { return false }
        for restriction in filter.restrictions {
            switch restriction {
            case .text(let dimension, let values):
                let value: String? =
                    switch dimension {
                    case .channel:
                        event.type == .optIn || event.type == .optOut ? event.channel : people.channel(event)
                    case .item: event.item
                    case .category: event.category
                    case .brand: event.brand
                    case .campaign: event.campaign
                    case .city: event.city
                    }
                if value == nil || !values.contains(value!) { return false }
            case .rating(let test):
                guard let rating = event.rating, holds(test, Int64(rating)) else { return false }
            case .amount(let test):
                let given = event.amount ?? (event.type == .purchase || event.type == .repay ? 0 : nil)
                guard let given, holds(test, given) else { return false }
            }
        }
        return true
    }

    private func holds(_ test: NumberTest, _ value: Int64) -> Bool {
        switch test {
        case .oneOf(let values): values.contains(value)
        case .within(let bounds): value >= bounds.atLeast ?? .min && value <= bounds.atMost ?? .max
        }
    }

    private func isInside(_ event: Event, _ window: Window, _ t: Int64) -> Bool {
        switch window {
        case .ever: true
        case .within(let length): max(0, t - event.at) < length
        case .days(let days): max(0, people.calendar.day(t) - people.calendar.day(event.at)) < days
        case .between(let start, let end, _): start <= event.at && event.at < end
        }
    }

    private func number(_ measure: Measure, _ t: Int64) -> Int64 {
        let events = people.events.filter { matches($0, measure.filter) && isInside($0, measure.window, t) }
        switch measure.kind {
        case .count: return Int64(events.count)
        case .amount:
            return events.reduce(0) { sum, event in
                let net = people.purchases.first { $0.event.id == event.id }?.net ?? 0
                return sum + (event.type == .purchase ? net : event.amount ?? 0)
            }
        case .quantity: return events.reduce(0) { $0 + ($1.quantity ?? 1) }
        case .duration: return events.reduce(0) { $0 + ($1.duration ?? 0) }
        case .distinct(let dimension):
            let values = events.compactMap { event -> String? in
                switch dimension {
                case .channel: event.type == .optIn || event.type == .optOut ? event.channel : people.channel(event)
                case .item: event.item
                case .category: event.category
                case .brand: event.brand
                case .campaign: event.campaign
                case .city: event.city
                }
            }
            return Int64(Set(values).count)
        case .distinctDays: return Int64(Set(events.map { people.calendar.day($0.at) }).count)
        }
    }

    /// Currency units, seconds, or as it is.
    private func inUnits(_ measure: Measure, _ t: Int64) -> Double {
        let unit = measure.kind == .amount ? 100.0 : measure.kind == .duration ? 1000 : 1
        return Double(number(measure, t)) / unit
    }

    // MARK: - Attributes

    private func holds(_ test: AttributeTest, of name: String) -> Bool {
        var value: AttributeValue?
        for event in log where event.type == .attributesSet {
            if let given = event.attributes.first(where: { $0.name == name }) {
                value = given.number.map { .number($0) }
            }
            if let given = event.texts.first(where: { $0.name == name }) { value = .text(given.text) }
        }
        switch test {
        case .exists: return value != nil
        case .absent: return value == nil
        case .oneOf(let values): return value.map { values.contains($0) } ?? false
        case .number(let bounds):
            guard case .number(let number) = value else { return false }
            return number >= bounds.atLeast ?? -.infinity && number <= bounds.atMost ?? .infinity
        }
    }
}
