/// One partition of a topic: the unit of order and of ownership.
public struct Partition: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let topic: String
    public let number: Int32

    public init(topic: String, number: Int32) {
        self.topic = topic
        self.number = number
    }

    public static func < (a: Partition, b: Partition) -> Bool {
        (a.topic, a.number) < (b.topic, b.number)
    }
    public var description: String { "\(topic)[\(number)]" }
}

/// Records as the log gave them, their bytes copied back to back into one arena.
///
/// The arena ends in `padding` spare bytes so that a parser may read past the last value.
public struct Records: Sendable {
    public static let padding = 64

    public struct Record: Sendable {
        /// Index into `partitions`.
        public var partition: UInt16
        public var contentType: ContentType
        /// The value was absent (a tombstone): distinct from zero bytes only for people.
        public var isTombstone: Bool
        public var offset: Int64
        /// The broker's timestamp of the record, Unix milliseconds: where event-to-row time starts.
        public var timestamp: Int64
        public var value: Range<Int>
        public var key: Range<Int>

        public init(
            partition: UInt16, contentType: ContentType, isTombstone: Bool, offset: Int64, timestamp: Int64,
            value: Range<Int>, key: Range<Int>
        ) {
            self.partition = partition
            self.contentType = contentType
            self.isTombstone = isTombstone
            self.offset = offset
            self.timestamp = timestamp
            self.value = value
            self.key = key
        }
    }

    /// What the record's `content-type` header says: absent, `application/json` and `+json` are JSON.
    public enum ContentType: UInt8, Sendable { case json, other }

    public var bytes: [UInt8] = []
    public var partitions: [Partition] = []
    public var records: [Record] = []

    public init() {}

    public var isEmpty: Bool { records.isEmpty }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        partitions.removeAll(keepingCapacity: true)
        records.removeAll(keepingCapacity: true)
    }

    /// The index of `partition` in `partitions`, added when new.
    public mutating func index(of partition: Partition) -> UInt16 {
        if let found = partitions.lastIndex(of: partition) { return UInt16(found) }
        partitions.append(partition)
        return UInt16(partitions.count - 1)
    }

    /// Copies one record in. For logs made of values; the Kafka log appends from C memory itself.
    public mutating func append(
        _ value: [UInt8]?, key: [UInt8] = [], partition: Partition, offset: Int64, timestamp: Int64,
        contentType: ContentType = .json
    ) {
        let start = bytes.count
        bytes.append(contentsOf: value ?? [])
        let keyStart = bytes.count
        bytes.append(contentsOf: key)
        records.append(
            Record(
                partition: index(of: partition), contentType: contentType, isTombstone: value == nil, offset: offset,
                timestamp: timestamp, value: start..<keyStart, key: keyStart..<bytes.count))
    }

    /// Adds the spare bytes; call once after the last record.
    public mutating func pad() { bytes.append(contentsOf: repeatElement(0, count: Self.padding)) }
}
