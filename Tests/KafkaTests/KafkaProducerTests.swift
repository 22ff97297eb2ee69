import Ingest
import Testing

@testable import Kafka

@Suite struct KafkaProducerTests {
    @Test func countsWhatCouldNotBeDelivered() async throws {
        try await onThread {
            let cluster = try MockCluster()
            try cluster.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(
                KafkaSettings(brokers: cluster.brokers), isIdempotent: false, deliveryTimeout: .milliseconds(500))
            try producer.produce(bytes("a"), key: nil, to: "t")
            try producer.flush(timeout: .seconds(10))
            #expect(producer.taken == 1 && producer.failed == 0)
            cluster.setDown(broker: 1)
            for _ in 0..<3 { try producer.produce(bytes("b"), key: nil, to: "t") }
            #expect(throws: KafkaError.self) { try producer.flush(timeout: .milliseconds(10)) }
            try producer.flush(timeout: .seconds(10))
            #expect(producer.taken == 4 && producer.failed == 3)
            #expect(producer.firstFailure?.contains("timed out") == true)
        }
    }

    @Test func waitsWhileItsBufferIsFull() async throws {
        try await onThread {
            let cluster = try MockCluster()
            try cluster.createTopic("t", partitions: 2)
            let producer = try KafkaProducer(
                KafkaSettings(brokers: cluster.brokers, client: ["queue.buffering.max.messages": "100"]), linger: .zero)
            for number in 0..<2000 { try producer.produce(bytes("x"), key: bytes("\(number % 7)"), to: "t") }
            try producer.flush(timeout: .seconds(10))
            #expect(producer.taken == 2000 && producer.failed == 0)
            let topics = try KafkaTopics(KafkaSettings(brokers: cluster.brokers))
            #expect(try topics.partitionCount(of: "t") == 2)
            #expect(try topics.partitionCount(of: "other") == nil)
            let ends = try (0..<2).map { try topics.offsets(of: Partition(topic: "t", number: $0)) }
            #expect(ends.map(\.count).reduce(0, +) == 2000)
            #expect(ends.allSatisfy { $0.lowerBound == 0 && $0.upperBound > 0 }, "keys spread over partitions")
        }
    }

    @Test func saysWhenNobodyAnswers() async throws {
        try await onThread {
            let topics = try KafkaTopics(KafkaSettings(brokers: "127.0.0.1:1"))
            #expect(throws: KafkaError.self) { try topics.partitionCount(of: "t", timeout: .milliseconds(300)) }
            #expect(throws: KafkaError.self) { try topics.create("t", partitions: 1, timeout: .milliseconds(300)) }
        }
    }
}
