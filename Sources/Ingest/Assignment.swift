/// Which partitions are ours and how far each has been taken: a value, told what happened.
///
/// `start` is where the next slice begins (the position the store has, or will have once everything closed so far is
/// committed); `end` is behind the last record gathered since.
public struct Assignment: Sendable {
    private struct Position {
        var start: Int64
        var end: Int64
    }
    private var positions: [Partition: Position] = [:]

    public init() {}

    public var partitions: [Partition] { positions.keys.sorted() }
    public var isEmpty: Bool { positions.isEmpty }

    /// The group gave us these partitions and the store says where they stand.
    public mutating func assigned(_ progress: [Partition: Int64]) {
        positions = progress.mapValues { Position(start: $0, end: $0) }
    }

    public mutating func revoked() { positions = [:] }

    public mutating func stopped(_ partition: Partition) { positions[partition] = nil }

    /// Records are gathered: those stay that are ours to fold, neither of a partition that is gone nor
    /// before its position.
    public mutating func gather(_ records: inout Records) {
        // A partition is looked up once, not for each of its records.
        var ends = records.partitions.map { positions[$0]?.end ?? .max }
        records.records.removeAll { record in
            let partition = Int(record.partition)
            if record.offset < ends[partition] { return true }
            ends[partition] = record.offset + 1
            return false
        }
        for (partition, end) in zip(records.partitions, ends) { positions[partition]?.end = end }
    }

    /// The batch is closed: what it holds of each partition. The next one begins where it ends.
    public mutating func closed() -> [Slice] {
        var slices: [Slice] = []
        for (partition, position) in positions where position.end > position.start {
            slices.append(Slice(partition: partition, start: position.start, end: position.end))
            positions[partition]!.start = position.end
        }
        return slices.sorted { $0.partition < $1.partition }
    }
}
