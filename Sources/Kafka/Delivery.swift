import CRDKafka
import Ingest

/// The partitions that are ours and how far each has been passed on: what keeps delivery in order.
@safe
struct Delivery {
    @safe
    private struct Place {
        let partition: Partition
        /// The least offset that may come next.
        var next: Int64
        /// librdkafka's handle of the topic, once a message has shown it: quicker to compare than a name.
        var topic: OpaquePointer?
        /// Where the records of this poll name the partition; nil until the first of them.
        var index: UInt16?
    }

    enum Verdict: Equatable {
        case passed
        /// Of a partition that is not ours, as after a rebalance.
        case foreign
        /// Not beyond what has been passed on already.
        case repeated(Partition, offset: Int64, expected: Int64)
    }

    private var places: [Place] = []
    /// The place of the last message: messages of a partition come in runs.
    private var last = 0

    init(_ positions: [Partition: Int64] = [:]) {
        // From the beginning of the log every offset is beyond what is passed on.
        places = positions.sorted { $0.key < $1.key }.map { unsafe Place(partition: $0.key, next: max(0, $0.value)) }
    }

    var partitions: [Partition] { places.map(\.partition) }

    mutating func beginPoll() {
        for index in places.indices { places[index].index = nil }
    }

    /// The partition a message belongs to and the offset it should have begun at, if it is ours.
    mutating func place(of message: UnsafePointer<rd_kafka_message_t>) -> (partition: Partition, next: Int64)? {
        guard let index = unsafe find(message) else { return nil }
        return (places[index].partition, places[index].next)
    }

    /// Copies a message in, if it is the partition's turn.
    mutating func pass(_ message: UnsafeMutablePointer<rd_kafka_message_t>, into records: inout Records) -> Verdict {
        guard let place = unsafe find(message) else { return .foreign }
        let offset = unsafe message.pointee.offset
        let verdict = admit(offset, at: place)
        if verdict != .passed { return verdict }
        let index: UInt16
        if let known = places[place].index {
            index = known
        } else {
            index = records.index(of: places[place].partition)
            places[place].index = index
        }
        var kind = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = unsafe rd_kafka_message_timestamp(message, &kind)
        let value = unsafe UnsafeRawBufferPointer(start: message.pointee.payload, count: message.pointee.len)
        let key = unsafe UnsafeRawBufferPointer(start: message.pointee.key, count: message.pointee.key_len)
        let start = records.bytes.count
        if unsafe message.pointee.payload != nil { unsafe records.bytes.append(contentsOf: value) }
        let middle = records.bytes.count
        if unsafe message.pointee.key != nil { unsafe records.bytes.append(contentsOf: key) }
        records.records.append(
            Records.Record(
                partition: index, contentType: unsafe Records.ContentType(headersOf: message),
                isTombstone: unsafe message.pointee.payload == nil, offset: offset, timestamp: timestamp,
                value: start..<middle, key: middle..<records.bytes.count))
        return .passed
    }

    /// Whether this offset may come next at a place; offsets only rise, gaps are allowed.
    mutating func admit(_ offset: Int64, at place: Int) -> Verdict {
        guard offset >= places[place].next else {
            return .repeated(places[place].partition, offset: offset, expected: places[place].next)
        }
        places[place].next = offset + 1
        return .passed
    }

    private mutating func find(_ message: UnsafePointer<rd_kafka_message_t>) -> Int? {
        guard let topic = unsafe message.pointee.rkt else { return nil }
        let number = unsafe message.pointee.partition
        if last < places.count, unsafe places[last].topic == topic, places[last].partition.number == number {
            return last
        }
        for index in places.indices where places[index].partition.number == number {
            if unsafe places[index].topic == nil,
                unsafe places[index].partition.topic == String(cString: rd_kafka_topic_name(topic))
            {
                unsafe places[index].topic = unsafe topic
            }
            if unsafe places[index].topic == topic {
                last = index
                return index
            }
        }
        return nil
    }
}
