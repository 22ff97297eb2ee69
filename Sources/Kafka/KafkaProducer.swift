import CRDKafka
import Ingest

/// Writes records to Kafka, many at a time. One thread owns a producer.
package final class KafkaProducer {
    private let notes: Notes
    // In this order: topics must be gone before their client is.
    private var topics: [String: Topic] = [:]
    private let client: ClientHandle
    /// How many records have been taken, and how many of them could not be delivered.
    package private(set) var taken = 0
    package var failed: Int { notes.failedDeliveries }
    /// Why the first of `failed` could not be delivered.
    package var firstFailure: String? { notes.firstFailure }

    private static let pollEvery = 1024

    @safe
    private final class Topic {
        let pointer: OpaquePointer
        init(pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }
        deinit { unsafe rd_kafka_topic_destroy(pointer) }
    }

    /// - Parameters:
    ///   - isIdempotent: every record is in the log once and in order even when a broker's answer gets lost; the
    ///     broker must know producer ids.
    ///   - linger: how long records wait for company on their way.
    ///   - deliveryTimeout: how long the client tries before a record counts as failed.
    package init(
        _ settings: KafkaSettings, isIdempotent: Bool = true, linger: Duration = .milliseconds(20),
        deliveryTimeout: Duration = .seconds(60), onLog: @escaping (ClientLogLine) -> Void = { _ in }
    ) throws(KafkaError) {
        notes = Notes(onLog: onLog)
        let configuration = ConfigurationHandle()
        do throws(SettingProblem) {
            let standard = [
                // Room for a burst, bounded in bytes rather than in records.
                "queue.buffering.max.messages": "1000000",
                "queue.buffering.max.kbytes": "131072",
                "batch.num.messages": "100000",
                "batch.size": "1000000",
                "linger.ms": String(linger.milliseconds),
                "message.timeout.ms": String(deliveryTimeout.milliseconds),
                // The partition a Java producer would choose for the key.
                "partitioner": "murmur2_random",
            ]
            for (property, value) in standard where settings.client[property] == nil {
                try configuration.set(property, value)
            }
            try ClientProfile.configure(configuration, settings)
            try configuration.set("enable.idempotence", isIdempotent ? "true" : "false")
            try configuration.set("delivery.report.only.error", "true")
        } catch {
            throw .setting(error)
        }
        notes.listenToDeliveries(configuration)
        client = try configuration.client(RD_KAFKA_PRODUCER, notes: notes)
    }

    /// Takes one record; waits while the buffer is full.
    ///
    /// - Parameters:
    ///   - value: nil writes a tombstone.
    ///   - key: nil writes none; it chooses the partition where `partition` is nil.
    ///   - timestamp: Unix milliseconds; nil is now.
    package func produce(
        _ value: [UInt8]?, key: [UInt8]?, to topic: String, partition: Int32? = nil, timestamp: Int64? = nil,
        headers: [(name: String, value: [UInt8]?)] = []
    ) throws(KafkaError) {
        let handle = try handle(of: topic)
        while true {
            let code = unsafe Self.withBytes(value) { value in
                unsafe Self.withBytes(key) { key in
                    let list = unsafe Self.list(headers)
                    let code = unsafe guanxi_produce(
                        client.pointer, handle.pointer, partition ?? RD_KAFKA_PARTITION_UA, value.baseAddress,
                        value.count, key.baseAddress, key.count, timestamp ?? 0, list)
                    if code != RD_KAFKA_RESP_ERR_NO_ERROR, let list = unsafe list {
                        unsafe rd_kafka_headers_destroy(list)
                    }
                    return code
                }
            }
            switch code {
            case RD_KAFKA_RESP_ERR_NO_ERROR:
                taken += 1
                if taken % Self.pollEvery == 0 { unsafe rd_kafka_poll(client.pointer, 0) }
                return
            case RD_KAFKA_RESP_ERR__QUEUE_FULL:
                // Bounded by the delivery time-out, after which records fail and make room.
                unsafe rd_kafka_poll(client.pointer, 5)
            default:
                if let fatal = client.fatalError { throw .client("the producer gives up: \(fatal)") }
                throw .client("cannot write to \(topic): \(describe(code))")
            }
        }
    }

    /// Waits until every record taken is in the log or has failed.
    package func flush(timeout: Duration) throws(KafkaError) {
        let code = unsafe rd_kafka_flush(client.pointer, timeout.milliseconds)
        unsafe rd_kafka_poll(client.pointer, 0)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
        if let fatal = client.fatalError { throw .client("the producer gives up: \(fatal)") }
        let left = unsafe rd_kafka_outq_len(client.pointer)
        throw .client("\(left) records are not written after \(timeout): \(notes.trouble ?? describe(code))")
    }

    private func handle(of name: String) throws(KafkaError) -> Topic {
        if let known = topics[name] { return known }
        guard let pointer = unsafe rd_kafka_topic_new(client.pointer, name, nil) else {
            throw .client("cannot write to \(name): \(describe(rd_kafka_last_error()))")
        }
        let topic = unsafe Topic(pointer: pointer)
        topics[name] = topic
        return topic
    }

    /// Nil bytes have no address; empty ones have one.
    private static func withBytes(
        _ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer) -> rd_kafka_resp_err_t
    ) -> rd_kafka_resp_err_t {
        guard let bytes else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        if bytes.isEmpty {
            let byte: UInt8 = 0
            return unsafe withUnsafeBytes(of: byte) { unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<0])) }
        }
        return unsafe bytes.withUnsafeBytes { unsafe body($0) }
    }

    private static func list(_ headers: [(name: String, value: [UInt8]?)]) -> OpaquePointer? {
        if headers.isEmpty { return nil }
        let list = unsafe rd_kafka_headers_new(headers.count)
        for header in headers {
            _ = unsafe withBytes(header.value) { value in
                unsafe rd_kafka_header_add(list, header.name, -1, value.baseAddress, value.count)
            }
        }
        return unsafe list
    }
}
