import Ingest
import Testing

@testable import Kafka

/// A member of a group that answers rebalances as a worker does, and remembers what it got.
final class Member {
    struct Got: Equatable {
        var offset: Int64
        var value: [UInt8]?
        var key: [UInt8]
        var contentType: Records.ContentType
        var timestamp: Int64
    }

    let log: KafkaLog
    /// Where each partition begins; the member moves it on, as a store would.
    var positions: [Partition: Int64] = [:]
    var owned: Set<Partition> = []
    var got: [Partition: [Got]] = [:]
    var events: [LogEvent] = []
    var total = 0
    private var records = Records()

    init(_ brokers: String, topic: String, group: String = "g", client: [String: String] = [:]) throws {
        var consumer = ConsumerSettings(topics: [topic], group: group)
        consumer.sessionTimeout = .seconds(6)
        consumer.heartbeat = .milliseconds(500)
        var client = client
        // Errors injected by tests are retried without a long pause.
        client["fetch.error.backoff.ms"] = "50"
        client["reconnect.backoff.max.ms"] = "200"
        log = try KafkaLog(KafkaSettings(brokers: brokers, client: client), consumer)
    }

    /// One poll, and its answer.
    @discardableResult
    func turn(
        maximumRecords: Int = 1000, maximumBytes: Int = 1 << 20, timeout: Duration = .milliseconds(50)
    ) throws -> LogEvent {
        let event = try log.poll(
            into: &records, maximumRecords: maximumRecords, maximumBytes: maximumBytes, timeout: timeout)
        switch event {
        case .records:
            #expect(records.records.count <= maximumRecords)
            for record in records.records { keep(record) }
        case .assigned(let partitions):
            owned = Set(partitions)
            try log.assign(Dictionary(uniqueKeysWithValues: partitions.map { ($0, positions[$0] ?? beginningOfLog) }))
        case .revoked:
            owned = []
            try log.unassign()
        case .idle, .outOfRange, .unreachable: break
        }
        if event != .idle, event != .records { events.append(event) }
        return event
    }

    /// Turns until `condition` holds.
    func turns(
        _ what: Comment, within limit: Duration = .seconds(60), location: SourceLocation = #_sourceLocation,
        until condition: () throws -> Bool
    ) throws {
        let deadline = ContinuousClock.now + limit
        while try !condition() {
            try #require(.now < deadline, what, sourceLocation: location)
            try turn()
        }
    }

    private func keep(_ record: Records.Record) {
        let partition = records.partitions[Int(record.partition)]
        #expect(owned.contains(partition), "a record of a partition that is not ours")
        #expect(record.offset >= positions[partition] ?? 0, "offsets rise")
        positions[partition] = record.offset + 1
        total += 1
        got[partition, default: []].append(
            Got(
                offset: record.offset, value: record.isTombstone ? nil : Array(records.bytes[record.value]),
                key: Array(records.bytes[record.key]), contentType: record.contentType, timestamp: record.timestamp))
    }
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
