import Interactions
import Profiles

/// Where the events of each type stand in the timeline of the person asked about, found in one pass.
struct TimelineIndex: Sendable {
    private(set) var types = EventTypeSet()
    /// By raw value of the type; of those in `types`.
    private var ranges = [Range<Int>](repeating: 0..<0, count: EventType.tableSize)

    mutating func read(_ profile: borrowing Profile) {
        types = EventTypeSet()
        for run in profile.runs {
            types.insert(run.type)
            ranges[Int(run.type.rawValue)] = run.range
        }
    }

    subscript(type: EventType) -> Range<Int> { types.contains(type) ? ranges[Int(type.rawValue)] : 0..<0 }
}

extension EventTypeSet {
    func intersection(_ other: EventTypeSet) -> EventTypeSet {
        var result = self
        result.bits &= other.bits
        return result
    }

    /// Takes out the one of the least raw value.
    @inline(__always) mutating func popFirst() -> EventType? {
        if bits == 0 { return nil }
        defer { bits &= bits - 1 }
        return EventType(rawValue: UInt8(truncatingIfNeeded: bits.trailingZeroBitCount))
    }
}
