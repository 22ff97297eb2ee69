import Interactions
import Profiles
import Scoring

/// Why somebody is in a segment or not: the tree as it was written, each condition with what it came to.
public struct Explanation: Equatable, Sendable {
    /// An event a condition looked at.
    public struct Evidence: Equatable, Sendable {
        public var type: EventType
        /// Unix ms.
        public var time: Int64
        /// Its place in the profile's timeline.
        public var index: Int
    }

    public var condition: Condition
    public var holds: Bool
    /// What was measured, in the unit of the bounds: a number, a sum, a ratio, milliseconds of age, a score, a rung.
    public var value: Double?
    /// The first instant (Unix ms) at which time alone may change it; `.max` if none.
    public var changesAt: Int64
    /// The events it looked at, newest first, at most `Explanation.most`.
    public var evidence: [Evidence] = []
    /// Types of which events that belong here have left the timeline: what was measured is a bound.
    public var shortened: [EventType] = []
    public var children: [Explanation] = []

    public static let most = 20
}

extension SegmentEvaluator {
    /// Why a person is a member of a segment at instant `t`, or not.
    ///
    /// - Parameter evaluation: of the profile at `t`, by the same judge.
    /// - Returns: nil where the program has no such segment. The root holds where `evaluate` says member.
    public mutating func explain(
        _ id: String, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation, at t: Int64
    ) -> Explanation? {
        guard let segment = program.segments.first(where: { $0.id == id }) else { return nil }
        var conditions: Set<Condition> = []
        collect(segment.condition, into: &conditions)
        let readings = readings(of: conditions, profile, evaluation, at: t)
        var told: Set<String> = []
        return explanation(of: segment.condition, readings, profile, t, &told)
    }

    private func children(of condition: Condition) -> [Condition] {
        switch condition {
        case .all(let children), .any(let children): children
        case .not(let child): [child]
        case .segment(let id): program.segments.filter { $0.id == id }.map(\.condition)
        default: []
        }
    }

    private func collect(_ condition: Condition, into conditions: inout Set<Condition>) {
        if !conditions.insert(condition).inserted { return }
        for child in children(of: condition) { collect(child, into: &conditions) }
    }

    private mutating func explanation(
        of condition: Condition, _ readings: [Condition: Reading], _ profile: borrowing Profile, _ t: Int64,
        _ told: inout Set<String>
    ) -> Explanation {
        let reading = readings[condition]!
        var result = Explanation(
            condition: condition, holds: reading.holds, value: reading.value, changesAt: reading.changesAt)
        if case .segment(let id) = condition {
            // The condition of the segment below it says the rest, once: named again, it was told.
            result.value = nil
            if !told.insert(id).inserted { return result }
        }
        for child in children(of: condition) {
            result.children.append(explanation(of: child, readings, profile, t, &told))
        }
        let subject = Subject(t, judge.calendar)
        for (filter, window) in compiledFilters(of: condition) {
            each(filter, window, profile, subject) { entry, index, _ in
                result.evidence.append(Explanation.Evidence(type: entry.type, time: entry.time, index: index))
            }
            var types = filter.types
            while let type = types.popFirst() {
                if result.shortened.contains(type) { continue }
                if let since = profile.exactSince(type), reaches(window, back: since, subject, condition) {
                    result.shortened.append(type)
                }
            }
        }
        result.evidence.sort { ($0.time, $0.index) > ($1.time, $1.index) }
        result.evidence.removeLast(max(0, result.evidence.count - Explanation.most))
        return result
    }

    /// Whether a window goes back to what has left the timeline, and the condition cannot do with its sums.
    private func reaches(
        _ window: CompiledWindow, back since: Int64, _ subject: Subject, _ condition: Condition
    ) -> Bool {
        if case .measure(let measure, _) = condition, measure.filter.restrictions.isEmpty {
            switch (measure.kind, window) {
            case (.count, .days), (.amount, .days), (.quantity, .days), (.duration, .days), (.distinctDays, .days),
                (.count, .ever), (.amount, .ever), (.quantity, .ever), (.duration, .ever):
                return false
            default: break
            }
        }
        switch window {
        case .ever:
            // The newest of all is in the timeline unless a restriction passed it over.
            if case .last(let filter, _, _) = condition { return !filter.restrictions.isEmpty }
            if case .absent(let after, let then, _) = condition {
                return !after.restrictions.isEmpty || !then.restrictions.isEmpty
            }
            return true
        case .within(let length): return since > subject.t.saturatingAdd(-length)
        case .days(let days): return subject.calendar.day(since) > subject.today - days
        case .between(let start, _): return since >= start
        }
    }
}
