import Interactions

/// What erasures leave of one person's events, which depends on the order they arrive in.
package struct NaiveErasure {
    /// What counts still; no `erase` among it.
    package private(set) var events: [Event] = []
    /// Unix ms; nil when never erased.
    package private(set) var until: Int64?
    /// When those occurred whose retraction an erasure took, but not them: known by id, and not counted for ever.
    private var retracted: [String: Int64] = [:]

    package init(_ arrived: [Event]) {
        for event in arrived where until.map({ event.at > $0 }) ?? true {
            if event.type == .erase {
                erase(until: event.at)
            } else if retracted[event.id] == nil, !events.contains(where: { $0.id == event.id }) {
                events.append(event)
            }
        }
    }

    /// Whether there is a row, whatever others did.
    package var hasRow: Bool { until == nil || !events.isEmpty || !retracted.isEmpty }

    private mutating func erase(until: Int64) {
        self.until = until
        var times: [String: Int64] = [:]
        for event in events where event.type.isTimeline { times[event.id] = event.at }
        for event in events where event.type == .retract && event.at <= until {
            if let target = event.refersTo, let at = times[target] { retracted[target] = at }
        }
        retracted = retracted.filter { $0.value > until }
        events.removeAll { event in
            // A retraction that has met its target is gone with it.
            event.at <= until || retracted[event.id] != nil
                || event.type == .retract && (times[event.refersTo ?? ""] ?? .max) <= until
        }
    }
}
