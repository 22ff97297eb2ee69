import CRDKafka
import Ingest

/// A member of a Kafka consumer group.
///
/// librdkafka serves everything through one queue: messages, errors, and rebalances, of which its callback takes note.
/// It then waits until the assignment is answered, whether inside the callback or later, so `poll` reports the
/// rebalance and the caller answers with `assign` or `unassign` once it has read its positions.
package final class KafkaLog: RecordLog {
    private let notes: Notes
    // In this order: the messages and the queue must be gone before their client is.
    private var hand = Hand()
    private var queue: QueueHandle
    private var client: ClientHandle
    private let topics: [String]
    private var isOpen = true
    private var delivery = Delivery()
    /// Partitions that stopped, to be told once the records before are passed on.
    private var stopped: [LogEvent] = []

    /// Joins the group.
    ///
    /// - Parameter onLog: gets librdkafka's log lines, on the thread that polls.
    package init(
        _ settings: KafkaSettings, _ consumer: ConsumerSettings, onLog: @escaping (ClientLogLine) -> Void = { _ in }
    ) throws(KafkaError) {
        let notes = Notes(onLog: onLog)
        self.notes = notes
        topics = consumer.topics
        let configuration = ConfigurationHandle()
        do throws(SettingProblem) {
            try ClientProfile.configure(configuration, settings)
            try ClientProfile.configure(configuration, consumer, settings)
        } catch {
            throw .setting(error)
        }
        notes.listenToRebalances(configuration)
        let client = try configuration.client(RD_KAFKA_CONSUMER, notes: notes)
        unsafe rd_kafka_poll_set_consumer(client.pointer)

        let topics = PartitionList(capacity: consumer.topics.count)
        for topic in consumer.topics { topics.add(topic: topic, number: RD_KAFKA_PARTITION_UA, offset: 0) }
        let code = unsafe rd_kafka_subscribe(client.pointer, topics.pointer)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw .client("cannot subscribe to \(consumer.topics.joined(separator: ", ")): \(describe(code))")
        }
        let queue = unsafe QueueHandle(rd_kafka_queue_get_consumer(client.pointer))
        unsafe notes.queue = queue.pointer
        self.queue = consume queue
        self.client = consume client
    }

    package func poll(
        into records: inout Records, maximumRecords: Int, maximumBytes: Int, timeout: Duration
    ) throws(LogError) -> LogEvent {
        guard isOpen else { throw LogError("the log is closed: nothing can be polled any more") }
        records.removeAll()
        delivery.beginPoll()
        let deadline = ContinuousClock.now + timeout
        while true {
            if let rebalance = takeRebalance() {
                // What was in hand belongs to an assignment that is no more.
                records.removeAll()
                return rebalance
            }
            if records.isEmpty, let event = try takeEvent() { return event }
            if hand.isEmpty {
                hand.refill(from: queue, timeout: records.isEmpty ? max(.zero, deadline - .now) : .zero)
                if !hand.isEmpty || !notes.rebalances.isEmpty { continue }
                if !records.isEmpty { break }
                if notes.trouble == nil, !notes.isFatal, .now >= deadline { return .idle }
            } else if passOn(&records, maximumRecords, maximumBytes, &hand, &delivery) == .full {
                break
            }
        }
        if records.isEmpty { return .idle }
        records.pad()
        return .records
    }

    package func assign(_ positions: [Partition: Int64]) throws(LogError) {
        hand.removeAll()
        stopped = []
        delivery = Delivery(positions)
        let list = PartitionList(capacity: positions.count)
        for (partition, offset) in positions {
            list.add(topic: partition.topic, number: partition.number, offset: offset)
        }
        try unsafe answer("assign \(positions.count) partitions") { unsafe rd_kafka_assign($0, list.pointer) }
    }

    package func unassign() throws(LogError) {
        forget()
        try unsafe answer("give the partitions up") { unsafe rd_kafka_assign($0, nil) }
    }

    /// Asks the broker, for at most a second.
    package func areAll(_ partitions: [Partition]) -> Bool {
        guard isOpen else { return false }
        return topics.reduce(0) { $0 + (partitionCount(of: $1) ?? .max / 2) } == partitions.count
    }

    private func partitionCount(of name: String) -> Int? {
        guard let topic = unsafe rd_kafka_topic_new(client.pointer, name, nil) else { return nil }
        defer { unsafe rd_kafka_topic_destroy(topic) }
        var found: UnsafePointer<rd_kafka_metadata>?
        guard unsafe rd_kafka_metadata(client.pointer, 0, topic, &found, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR,
            let metadata = unsafe found
        else { return nil }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        guard unsafe metadata.pointee.topic_cnt == 1 else { return nil }
        let entry = unsafe metadata.pointee.topics[0]
        return unsafe entry.err == RD_KAFKA_RESP_ERR_NO_ERROR ? Int(entry.partition_cnt) : nil
    }

    package func report(_ positions: [Partition: Int64]) {
        guard isOpen, !positions.isEmpty else { return }
        let list = PartitionList(capacity: positions.count)
        for (partition, offset) in positions where offset >= 0 {
            list.add(topic: partition.topic, number: partition.number, offset: offset)
        }
        // Asynchronous, and nobody listens to the outcome: a group that is rebalancing refuses, and that is fine.
        _ = unsafe rd_kafka_commit(client.pointer, list.pointer, 1)
    }

    package func ends() -> [Partition: Int64] {
        guard isOpen else { return [:] }
        var ends: [Partition: Int64] = [:]
        for partition in delivery.partitions {
            var low: Int64 = -1
            var high: Int64 = -1
            let code = unsafe rd_kafka_get_watermark_offsets(
                client.pointer, partition.topic, partition.number, &low, &high)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 { ends[partition] = high }
        }
        return ends
    }

    package func close(timeout: Duration) {
        guard isOpen else { return }
        isOpen = false
        let deadline = ContinuousClock.now + timeout
        forget()
        if let error = unsafe rd_kafka_consumer_close_queue(client.pointer, queue.pointer) {
            unsafe rd_kafka_error_destroy(error)
        } else {
            // The last rebalance is answered here; nobody else polls any more.
            while unsafe rd_kafka_consumer_closed(client.pointer) == 0, .now < deadline {
                hand.refill(from: queue, timeout: min(.milliseconds(50), max(.zero, deadline - .now)))
                hand.removeAll()
                if !notes.rebalances.isEmpty {
                    notes.rebalances = []
                    _ = unsafe rd_kafka_assign(client.pointer, nil)
                }
            }
        }
        unsafe notes.queue = nil
        queue.end()
        client.end(by: deadline)
    }

    // MARK: - What happened

    private func takeRebalance() -> LogEvent? {
        guard !notes.rebalances.isEmpty else { return nil }
        forget()
        switch notes.rebalances.removeFirst() {
        case .assigned(let partitions): return .assigned(partitions)
        case .revoked(let lost): return .revoked(lost: lost)
        }
    }

    private func takeEvent() throws(LogError) -> LogEvent? {
        if notes.isFatal, let fatal = client.fatalError { throw LogError("the Kafka client gives up: \(fatal)") }
        if !stopped.isEmpty { return stopped.removeFirst() }
        if let trouble = notes.trouble {
            notes.trouble = nil
            return .unreachable(trouble)
        }
        return nil
    }

    /// Drops everything of an assignment that is over.
    private func forget() {
        hand.removeAll()
        stopped = []
        delivery = Delivery()
    }

    /// Answers a rebalance. That librdkafka refuses one that has been overtaken by the next is no harm: the next is on
    /// its way to `poll`.
    private func answer(
        _ what: String, _ act: (OpaquePointer) -> rd_kafka_resp_err_t
    ) throws(LogError) {
        guard isOpen else { throw LogError("the log is closed: cannot \(what)") }
        let code = unsafe act(client.pointer)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        if let fatal = client.fatalError { throw LogError("cannot \(what): \(fatal)") }
        notes.trouble = "cannot \(what): \(describe(code))"
    }

    // MARK: - Messages

    private enum Room { case left, full }

    private func passOn(
        _ records: inout Records, _ maximumRecords: Int, _ maximumBytes: Int, _ hand: inout Hand,
        _ delivery: inout Delivery
    ) -> Room {
        var repeated = 0
        defer { if repeated > 1 { notes.say(4, "ORDER", "\(repeated) such records dropped") } }
        while let message = unsafe hand.first {
            if unsafe message.pointee.err != RD_KAFKA_RESP_ERR_NO_ERROR {
                unsafe note(message, delivery.place(of: message))
            } else {
                let size = unsafe message.pointee.len + message.pointee.key_len
                if records.records.count >= maximumRecords { return .full }
                if !records.isEmpty, size > maximumBytes - records.bytes.count { return .full }
                if case .repeated(let partition, let offset, let expected) = unsafe delivery.pass(
                    message, into: &records)
                {
                    repeated += 1
                    if repeated == 1 {
                        notes.say(
                            4, "ORDER", "\(partition): record \(offset) came again, expected \(expected): dropped")
                    }
                }
            }
            hand.drop()
        }
        return .left
    }

    /// An error among the messages.
    private func note(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ place: (partition: Partition, next: Int64)?
    ) {
        let code = unsafe message.pointee.err
        if code == RD_KAFKA_RESP_ERR__FATAL {
            notes.isFatal = true
        } else if code == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || code == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE {
            if let place { stopped.append(.outOfRange(place.partition, offset: place.next)) }
        } else {
            let text = unsafe String(cString: rd_kafka_message_errstr(message))
            notes.trouble = place.map { "\($0.partition): \(text)" } ?? text
        }
    }
}
