import Interactions
import Profiles

extension Profile {
    /// Answered asks / asks sent in the last year; nil with no ask.
    ///
    /// An ask is answered when an inbound event that is not earlier carries its `ask_id`; one sent twice counts once.
    func responsiveness(_ view: Viewpoint) -> Double? {
        var asks: [(ask: StringPool.ID, sent: Int64)] = []
        for entry in entries[range(of: .ask)]
        where !entry.isRetracted && view.isWithin(view.model.askDays, entry.time) {
            // In timeline order, so the first of an id is the earliest.
            if !asks.contains(where: { $0.ask == entry.ask }) { asks.append((entry.ask, entry.time)) }
        }
        if asks.isEmpty { return nil }
        let answered = asks.count { ask in
            entries.contains { $0.ask == ask.ask && $0.time >= ask.sent && $0.type.isInbound && !$0.isRetracted }
        }
        return Double(answered) / Double(asks.count)
    }
}
