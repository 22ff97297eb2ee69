import Interactions

/// A mergeable summary of one person's interactions: integers and sets only, so that merging is exact.
///
/// Everything else (scores, level, lifecycle, the reason for each) is a pure function of profile, rules and instant.
/// The newest K events of each type stand in the timeline; an event that leaves it moves its sums into the tables of
/// what has departed. Whoever asks adds the two, so nothing is ever taken out of a sum: a duplicate finds its hash in
/// the timeline, a retraction empties its slot, and `merge` is union of the timelines plus sum of the departed.
public struct Profile: Sendable {
    public var strings = StringPool()
    /// The timeline, ordered by type, then (time, hash). See `Entry.isStoredBefore`.
    public var entries: [Entry] = []

    // What is kept of events that have left the timeline.
    public var departed: [Departure] = []
    public var dayTable = DayTable()
    public var departedPurchases: [PurchaseDay] = []
    /// Departed purchase days beyond `Limits.purchaseDays`, summed.
    public var olderPurchases = OlderPurchases()
    public var orders: [OrderAccount] = []
    public var registers: [Register] = []
    public var points = PointsAccount()

    // What never was in the timeline.
    public var tags: [NamedRegister] = []
    public var attributes: [NamedRegister] = []
    public var links: [LinkRegister] = []
    public var identities: [IdentityRegister] = []
    public var retractions: [WaitingRetraction] = []
    /// The largest `occurred_at` ever folded, of any type, retracted or not; `.min` in an empty profile.
    public var newest: Int64 = .min
    /// How many entries the limits of the lists have dropped, and sums saturated.
    public var dropped: Int64 = 0

    public init() {}

    /// What has left the timeline of one type.
    public struct Departure: Equatable, Sendable {
        public var type: EventType
        /// Occurrence of the newest event that left: what is later is complete. `exact_since` of the contract.
        public var exactSince: Int64
        /// Occurrence of the oldest and newest departed event that was not retracted; nil when all were.
        public var first: Int64?
        public var last: Int64?
    }

    public struct OlderPurchases: Equatable, Sendable {
        public var days: Int64 = 0
        public var orders: Int64 = 0
        /// Minor units.
        public var net: Int64 = 0
        /// First and last of these days; 0 without any.
        public var firstDay: Int32 = 0
        public var lastDay: Int32 = 0
        /// Occurrence of the first and last departed standing purchase, of any departed day; nil without one.
        public var first: Int64?
        public var last: Int64?
    }

    /// Where the events of one type stand in `entries`.
    public func range(of type: EventType) -> Range<Int> {
        let start = entries.partitioningIndex { $0.type.rawValue >= type.rawValue }
        if start == entries.count || entries[start].type != type { return start..<start }
        return start..<entries.partitioningIndex(from: start + 1) { $0.type.rawValue > type.rawValue }
    }

    /// The types of which anything is known: in the timeline, retracted or not, or departed.
    public var types: EventTypeSet {
        var types = EventTypeSet()
        for entry in entries { types.insert(entry.type) }
        for row in departed { types.insert(row.type) }
        return types
    }

    public func departure(of type: EventType) -> Departure? { departed.first { $0.type == type } }

    /// `exact_since` of a type: nil when every event of it that was ever folded is still in the timeline.
    public func exactSince(_ type: EventType) -> Int64? { departure(of: type)?.exactSince }
}

func earlier(_ a: Int64?, _ b: Int64?) -> Int64? { a.map { a in b.map { min(a, $0) } ?? a } ?? b }
func later(_ a: Int64?, _ b: Int64?) -> Int64? { a.map { a in b.map { max(a, $0) } ?? a } ?? b }
