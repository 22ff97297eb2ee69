import CRDKafka
import Ingest

/// What librdkafka's callbacks said, until the thread that served them looks.
///
/// All callbacks come from serving the client's queue, on the owner's thread: nothing here is shared.
@safe
final class Notes {
    enum Rebalance {
        case assigned([Partition])
        case revoked(lost: Bool)
    }

    private let onLog: (ClientLogLine) -> Void
    /// In their order; the client waits for an answer to each before there is another, save that it may lose what it
    /// has just got.
    var rebalances: [Rebalance] = []
    /// The newest passing trouble.
    var trouble: String?
    /// The client has an error that nothing will mend.
    var isFatal = false
    /// Records that could not be delivered, and why the first of them could not.
    var failedDeliveries = 0
    var firstFailure: String?
    /// The queue to wake when something other than a record is there.
    var queue: OpaquePointer?

    init(onLog: @escaping (ClientLogLine) -> Void) { self.onLog = onLog }

    /// Ends the wait in `Hand.refill`.
    private func wake() {
        if let queue = unsafe queue { unsafe rd_kafka_queue_yield(queue) }
    }

    func say(_ severity: Int, _ facility: String, _ text: String) {
        onLog(ClientLogLine(severity: severity, facility: facility, text: text))
    }

    func listen(_ configuration: borrowing ConfigurationHandle) {
        let configuration = unsafe configuration.pointer
        unsafe rd_kafka_conf_set_opaque(configuration, Unmanaged.passUnretained(self).toOpaque())
        unsafe rd_kafka_conf_set_error_cb(configuration) { _, number, reason, opaque in
            let code = rd_kafka_resp_err_t(number)
            let notes = unsafe Notes.of(opaque)
            notes.trouble = unsafe describe(code, String(cString: reason!))
            if code == RD_KAFKA_RESP_ERR__FATAL { notes.isFatal = true }
            notes.wake()
        }
        unsafe rd_kafka_conf_set_log_cb(configuration) { client, severity, facility, text in
            let notes = unsafe Notes.of(rd_kafka_opaque(client))
            unsafe notes.say(Int(severity), String(cString: facility!), String(cString: text!))
        }
    }

    /// For a consumer: notes that partitions come or go. Answering is left to whoever polls, because what to answer
    /// (positions) has to be read from the store first; the client waits.
    func listenToRebalances(_ configuration: borrowing ConfigurationHandle) {
        unsafe rd_kafka_conf_set_rebalance_cb(configuration.pointer) { client, code, partitions, opaque in
            let notes = unsafe Notes.of(opaque)
            if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
                notes.rebalances.append(.assigned(unsafe Notes.list(partitions)))
            } else {
                let lost = unsafe rd_kafka_assignment_lost(client) != 0
                notes.rebalances.append(.revoked(lost: lost || code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS))
            }
            notes.wake()
        }
    }

    /// For a producer that asks for reports of failures only.
    func listenToDeliveries(_ configuration: borrowing ConfigurationHandle) {
        unsafe rd_kafka_conf_set_dr_msg_cb(configuration.pointer) { _, message, opaque in
            let code = unsafe message!.pointee.err
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            let notes = unsafe Notes.of(opaque)
            notes.failedDeliveries += 1
            if notes.firstFailure == nil { notes.firstFailure = describe(code) }
        }
    }

    private static func of(_ opaque: UnsafeMutableRawPointer?) -> Notes {
        unsafe Unmanaged<Notes>.fromOpaque(opaque!).takeUnretainedValue()
    }

    private static func list(_ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>?) -> [Partition] {
        guard let list = unsafe list else { return [] }
        return unsafe (0..<Int(list.pointee.cnt)).map { index in
            let entry = unsafe list.pointee.elems[index]
            return unsafe Partition(topic: String(cString: entry.topic), number: entry.partition)
        }.sorted()
    }
}

private func describe(_ code: rd_kafka_resp_err_t, _ reason: String) -> String {
    let name = describe(code)
    return reason.isEmpty || reason == name ? name : "\(name): \(reason)"
}
