import CRDKafka
import Ingest

/// Looks at topics and makes them.
package final class KafkaTopics {
    private let notes = Notes(onLog: { _ in })
    private let client: ClientHandle

    package init(_ settings: KafkaSettings) throws(KafkaError) {
        let configuration = ConfigurationHandle()
        do throws(SettingProblem) { try ClientProfile.configure(configuration, settings) } catch {
            throw .setting(error)
        }
        client = try configuration.client(RD_KAFKA_PRODUCER, notes: notes)
    }

    /// Makes a topic; false when it exists already, whatever it looks like.
    ///
    /// - Parameter configuration: the broker's settings of the topic, such as `retention.ms`.
    package func create(
        _ topic: String, partitions: Int, replicas: Int = 1, configuration: [String: String] = [:],
        timeout: Duration = .seconds(30)
    ) throws(KafkaError) -> Bool {
        let text = unsafe CText()
        guard
            let wanted = unsafe rd_kafka_NewTopic_new(
                topic, Int32(clamping: partitions), Int32(clamping: replicas), text.pointer, text.size)
        else { throw unsafe .client("cannot create topic \(topic): \(text.string)") }
        defer { unsafe rd_kafka_NewTopic_destroy(wanted) }
        for (name, value) in configuration { unsafe rd_kafka_NewTopic_set_config(wanted, name, value) }
        let options = unsafe rd_kafka_AdminOptions_new(client.pointer, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { unsafe rd_kafka_AdminOptions_destroy(options) }
        unsafe rd_kafka_AdminOptions_set_request_timeout(options, timeout.milliseconds, text.pointer, text.size)
        // The broker answers once the topic can be used.
        unsafe rd_kafka_AdminOptions_set_operation_timeout(options, timeout.milliseconds, text.pointer, text.size)
        let answers = unsafe QueueHandle(rd_kafka_queue_new(client.pointer))
        var list: OpaquePointer? = unsafe wanted
        unsafe rd_kafka_CreateTopics(client.pointer, &list, 1, options, answers.pointer)
        guard let event = unsafe rd_kafka_queue_poll(answers.pointer, timeout.milliseconds) else {
            throw .client("cannot create topic \(topic): no broker answered within \(timeout)\(trouble)")
        }
        defer { unsafe rd_kafka_event_destroy(event) }
        guard unsafe rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw unsafe .client("cannot create topic \(topic): \(String(cString: rd_kafka_event_error_string(event)))")
        }
        var count = 0
        let results = unsafe rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        for index in 0..<count {
            let result = unsafe results![index]
            let code = unsafe rd_kafka_topic_result_error(result)
            if code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS { return false }
            if code != RD_KAFKA_RESP_ERR_NO_ERROR {
                let reason = unsafe rd_kafka_topic_result_error_string(result).map { unsafe String(cString: $0) }
                throw .client("cannot create topic \(topic): \(reason ?? describe(code))")
            }
        }
        return true
    }

    /// How many partitions a topic has; nil when there is no such topic. Never makes one.
    package func partitionCount(of topic: String, timeout: Duration = .seconds(10)) throws(KafkaError) -> Int? {
        var found: UnsafePointer<rd_kafka_metadata>?
        // Asking for one topic by name would make it on brokers that make topics on demand.
        let code = unsafe rd_kafka_metadata(client.pointer, 1, nil, &found, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let metadata = unsafe found else {
            throw .client("no broker says which topics there are: \(describe(code))\(trouble)")
        }
        defer { unsafe rd_kafka_metadata_destroy(metadata) }
        for index in unsafe 0..<Int(metadata.pointee.topic_cnt) {
            let entry = unsafe metadata.pointee.topics[index]
            if unsafe String(cString: entry.topic) == topic, unsafe entry.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                return unsafe Int(entry.partition_cnt)
            }
        }
        return nil
    }

    /// The offsets a partition holds: from the oldest record to where the next will be. Not every broker is exact:
    /// Tansu 0.6 ends at the start of the last batch written, so this proves nothing about being drained.
    package func offsets(of partition: Partition, timeout: Duration = .seconds(10)) throws(KafkaError) -> Range<Int64> {
        var low: Int64 = -1
        var high: Int64 = -1
        let code = unsafe rd_kafka_query_watermark_offsets(
            client.pointer, partition.topic, partition.number, &low, &high, timeout.milliseconds)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, low >= 0, high >= low else {
            throw .client("no broker says what \(partition) holds: \(describe(code))\(trouble)")
        }
        return low..<high
    }

    /// What the client met on its way, to be added to an error.
    private var trouble: String {
        unsafe rd_kafka_poll(client.pointer, 0)
        return notes.trouble.map { " (\($0))" } ?? ""
    }
}
