import Interactions

/// A mergeable summary of one person's interactions: integers and sets only, so that merging is exact.
///
/// Everything else (scores, level, lifecycle, the reason for each) is a pure function of profile, rules and instant.
/// The newest K events of each type stand in the timeline; an event that leaves it moves its sums into the tables of
/// what has departed. Whoever asks adds the two, so nothing is ever taken out of a sum: a duplicate finds its hash in
/// the timeline, a retraction empties its slot, and `merge` is union of the timelines plus sum of the departed.
package struct Profile: Sendable {
    package var strings = StringPool()
    /// The timeline, ordered by type, then (time, hash). See `Entry.isStoredBefore`.
    package var entries: [Entry] = []

    // What is kept of events that have left the timeline.
    package var departed: [Departure] = []
    package var dayTable = DayTable()
    package var departedPurchases: [PurchaseDay] = []
    /// Departed purchase days beyond `Limits.purchaseDays`, summed.
    package var olderPurchases = OlderPurchases()
    package var orders: [OrderAccount] = []
    package var registers: [Register] = []
    package var points = PointsAccount()

    // What never was in the timeline.
    package var tags: [NamedRegister] = []
    package var attributes: [NamedRegister] = []
    package var links: [LinkRegister] = []
    package var identities: [IdentityRegister] = []
    package var retractions: [WaitingRetraction] = []
    /// The largest `occurred_at` ever folded, of any type, retracted or not; `.min` in an empty profile.
    package var newest: Int64 = .min
    /// How many entries the limits of the lists have dropped, and sums saturated.
    package var dropped: Int64 = 0

    package init() {}

    /// What has left the timeline of one type.
    package struct Departure: Equatable, Sendable {
        package var type: EventType
        /// Occurrence of the newest event that left: what is later is complete. `exact_since` of the contract.
        package var exactSince: Int64
        /// Occurrence of the oldest and newest departed event that was not retracted; nil when all were.
        package var first: Int64?
        package var last: Int64?
    }

    package struct OlderPurchases: Equatable, Sendable {
        package var days: Int64 = 0
        package var orders: Int64 = 0
        /// Minor units.
        package var net: Int64 = 0
        /// First and last of these days; 0 without any.
        package var firstDay: Int32 = 0
        package var lastDay: Int32 = 0
        /// Occurrence of the first and last departed standing purchase, of any departed day; nil without one.
        package var first: Int64?
        package var last: Int64?
    }

    /// Where the events of one type stand in `entries`.
    package func range(of type: EventType) -> Range<Int> {
        // Most timelines are so short that looking through them is the quickest.
        var start = entries.count > 24 ? entries.partitioningIndex { $0.type.rawValue >= type.rawValue } : 0
        while start < entries.count, entries[start].type.rawValue < type.rawValue { start += 1 }
        var end = start
        while end < entries.count, entries[end].type == type { end += 1 }
        return start..<end
    }

    /// The types of which anything is known: in the timeline, retracted or not, or departed.
    package var types: EventTypeSet {
        var types = EventTypeSet()
        for entry in entries { types.insert(entry.type) }
        for row in departed { types.insert(row.type) }
        return types
    }

    package func departure(of type: EventType) -> Departure? { departed.first { $0.type == type } }

    /// `exact_since` of a type: nil when every event of it that was ever folded is still in the timeline.
    package func exactSince(_ type: EventType) -> Int64? { departure(of: type)?.exactSince }
}

func earlier(_ a: Int64?, _ b: Int64?) -> Int64? { a.map { a in b.map { min(a, $0) } ?? a } ?? b }
func later(_ a: Int64?, _ b: Int64?) -> Int64? { a.map { a in b.map { max(a, $0) } ?? a } ?? b }
