import Interactions

extension Profile {
    /// The types of the timeline, each with where its events stand, in their order.
    public var runs: TypeRuns { TypeRuns(entries) }
}

/// What is the same for all events of a type is asked once a run, not once an event.
public struct TypeRuns: Sequence, IteratorProtocol {
    private let entries: [Entry]
    private var start = 0

    fileprivate init(_ entries: [Entry]) { self.entries = entries }

    @inline(__always)
    public mutating func next() -> (type: EventType, range: Range<Int>)? {
        if start == entries.count { return nil }
        let type = entries[start].type
        var end = start + 1
        while end < entries.count, entries[end].type == type { end += 1 }
        defer { start = end }
        return (type, start..<end)
    }
}
