import CRDKafka

/// A Kafka cluster inside the process: librdkafka's own, for tests. It can be told to fail.
package final class MockCluster {
    /// Requests that can be made to fail, by the protocol's numbers.
    package enum Request: Int16, Sendable {
        case produce = 0
        case fetch = 1
        case metadata = 3
        case offsetCommit = 8
        case findCoordinator = 10
        case joinGroup = 11
        case heartbeat = 12
        case syncGroup = 14
    }

    private let cluster: ClusterHandle
    private let client: ClientHandle

    @safe
    private struct ClusterHandle: ~Copyable {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }
        deinit { unsafe rd_kafka_mock_cluster_destroy(pointer) }
    }

    package init(brokers: Int = 1) throws(KafkaError) {
        let client = try ConfigurationHandle().client(RD_KAFKA_PRODUCER, notes: Notes(onLog: { _ in }))
        guard let pointer = unsafe rd_kafka_mock_cluster_new(client.pointer, Int32(brokers)) else {
            throw .client("cannot start a cluster of \(brokers) brokers inside the process")
        }
        cluster = unsafe ClusterHandle(pointer)
        self.client = consume client
    }

    package var brokers: String { unsafe String(cString: rd_kafka_mock_cluster_bootstraps(cluster.pointer)) }

    package func createTopic(_ name: String, partitions: Int) throws(KafkaError) {
        let code = unsafe rd_kafka_mock_topic_create(cluster.pointer, name, Int32(partitions), 1)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw .client("cannot create topic \(name): \(describe(code))")
        }
    }

    /// The next requests of this kind are answered with these errors (the protocol's numbers), one each.
    package func fail(_ request: Request, with errors: [Int32]) {
        let codes = errors.map { rd_kafka_resp_err_t($0) }
        unsafe codes.withUnsafeBufferPointer { codes in
            unsafe rd_kafka_mock_push_request_errors_array(
                cluster.pointer, request.rawValue, codes.count, codes.baseAddress)
        }
    }

    /// From now on brokers answer with this error (the protocol's number) for a topic.
    package func failTopic(_ name: String, with error: Int32) {
        unsafe rd_kafka_mock_topic_set_error(cluster.pointer, name, rd_kafka_resp_err_t(error))
    }

    package func setDown(broker: Int32) { _ = unsafe rd_kafka_mock_broker_set_down(cluster.pointer, broker) }
    package func setUp(broker: Int32) { _ = unsafe rd_kafka_mock_broker_set_up(cluster.pointer, broker) }

    /// Answers of a broker take this much longer.
    package func setRoundTrip(_ time: Duration, broker: Int32) {
        _ = unsafe rd_kafka_mock_broker_set_rtt(cluster.pointer, broker, time.milliseconds)
    }

    /// Which broker leads a partition from now on.
    package func setLeader(_ broker: Int32, topic: String, partition: Int32) {
        _ = unsafe rd_kafka_mock_partition_set_leader(cluster.pointer, topic, partition, broker)
    }
}
