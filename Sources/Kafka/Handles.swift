import CRDKafka
import Dispatch

/// Settings on their way into a client.
@safe
struct ConfigurationHandle: ~Copyable {
    let pointer = unsafe rd_kafka_conf_new()!

    deinit { unsafe rd_kafka_conf_destroy(pointer) }

    func set(_ property: String, _ value: String) throws(SettingProblem) {
        let text = unsafe CText()
        let result = unsafe rd_kafka_conf_set(pointer, property, value, text.pointer, text.size)
        guard result == RD_KAFKA_CONF_OK else {
            throw unsafe SettingProblem(property: property, value: value, reason: text.string)
        }
    }

    /// Makes the client. Its callbacks go to `notes`, on the thread that serves its queue.
    consuming func client(_ kind: rd_kafka_type_t, notes: Notes) throws(KafkaError) -> ClientHandle {
        notes.listen(self)
        let text = unsafe CText()
        guard let client = unsafe rd_kafka_new(kind, pointer, text.pointer, text.size) else {
            _ = consume self
            throw unsafe .client("librdkafka cannot make a client: \(text.string)")
        }
        // The client has taken the configuration over.
        discard self
        // Log lines wait in the client's own queue, and are served with all the rest.
        unsafe rd_kafka_set_log_queue(client, nil)
        return unsafe ClientHandle(pointer: client, notes: notes)
    }
}

/// A librdkafka client. Ends when dropped, without leaving its group.
@safe
struct ClientHandle: ~Copyable {
    let pointer: OpaquePointer
    /// Kept as long as callbacks may come.
    private let notes: Notes
    private var isOpen = true

    init(pointer: OpaquePointer, notes: Notes) {
        unsafe self.pointer = unsafe pointer
        self.notes = notes
    }

    deinit { if isOpen { unsafe Self.destroy(pointer) } }

    private static func destroy(_ pointer: OpaquePointer) {
        unsafe rd_kafka_destroy_flags(pointer, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE)
    }

    /// The error that nothing will mend, once there is one.
    var fatalError: String? {
        let text = unsafe CText()
        let code = unsafe rd_kafka_fatal_error(pointer, text.pointer, text.size)
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : unsafe text.string
    }

    /// Ends the client, which may not be used any more. Its threads may be inside a name look-up that nothing
    /// interrupts, so the caller waits only so long.
    mutating func end(by deadline: ContinuousClock.Instant) {
        isOpen = false
        nonisolated(unsafe) let pointer = unsafe pointer
        nonisolated(unsafe) let notes = notes
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue(label: "guanxi.kafka.end").async {
            unsafe withExtendedLifetime(notes) { unsafe Self.destroy(pointer) }
            ended.signal()
        }
        let remaining = Int(max(.zero, deadline - .now).milliseconds)
        _ = ended.wait(timeout: .now() + .milliseconds(remaining))
    }
}

/// One of a client's queues; dropped before its client.
@safe
struct QueueHandle: ~Copyable {
    let pointer: OpaquePointer
    private var isOpen = true

    init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { if isOpen { unsafe rd_kafka_queue_destroy(pointer) } }

    /// Gives the queue up, which may not be used any more.
    mutating func end() {
        isOpen = false
        unsafe rd_kafka_queue_destroy(pointer)
    }
}

/// Partitions with offsets, as librdkafka takes them.
@safe
struct PartitionList: ~Copyable {
    let pointer: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>

    init(capacity: Int) { unsafe pointer = unsafe rd_kafka_topic_partition_list_new(Int32(clamping: capacity)) }

    deinit { unsafe rd_kafka_topic_partition_list_destroy(pointer) }

    func add(topic: String, number: Int32, offset: Int64) {
        unsafe rd_kafka_topic_partition_list_add(pointer, topic, number).pointee.offset = offset
    }
}

/// Room for a message of librdkafka's.
@unsafe
final class CText {
    let size = 512
    let pointer: UnsafeMutablePointer<CChar>

    init() {
        unsafe pointer = .allocate(capacity: size)
        unsafe pointer.initialize(repeating: 0, count: size)
    }

    deinit { unsafe pointer.deallocate() }

    var string: String { unsafe String(cString: pointer) }
}

func describe(_ error: rd_kafka_resp_err_t) -> String { unsafe String(cString: rd_kafka_err2str(error)) }
