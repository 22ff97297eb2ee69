import Ingest
import Testing

@testable import Kafka

/// The log against librdkafka's cluster inside the process: one member and whatever can go wrong around it.
@Suite struct KafkaLogTests {
    let cluster: MockCluster
    let producer: KafkaProducer

    init() throws {
        cluster = try MockCluster()
        producer = try KafkaProducer(
            KafkaSettings(brokers: cluster.brokers, client: ["message.max.bytes": "8000000"]), linger: .zero)
    }

    func produce(_ count: Int, to topic: String, partitions: Int32, from first: Int = 0) throws {
        for number in first..<first + count {
            try producer.produce(
                bytes("v\(number)"), key: bytes("k\(number)"), to: topic, partition: Int32(number) % partitions,
                timestamp: 1_700_000_000_000 + Int64(number))
        }
        try producer.flush(timeout: .seconds(10))
        #expect(producer.failed == 0)
    }

    @Test func deliversWhatWasWrittenFromTheOffsetsItIsTold() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 3)
            try produce(300, to: "t", partitions: 3)
            let member = try Member(cluster.brokers, topic: "t")
            member.positions[Partition(topic: "t", number: 1)] = 40
            try member.turns("260 records") { member.total == 260 }
            for number in 0..<3 {
                let partition = Partition(topic: "t", number: Int32(number))
                let first = number == 1 ? 40 : 0
                let expected = (first..<100).map { offset in
                    let written = offset * 3 + number
                    return Member.Got(
                        offset: Int64(offset), value: bytes("v\(written)"), key: bytes("k\(written)"),
                        contentType: .json,
                        timestamp: 1_700_000_000_000 + Int64(written))
                }
                #expect(member.got[partition] == expected)
            }
            #expect(member.log.ends().count == 3)
            #expect(member.log.ends().values.allSatisfy { $0 == 100 })
            member.log.report(member.positions)
            #expect(try member.turn() == .idle)
        }
    }

    @Test func deliversNothingBetweenAssignedAndAssign() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 1)
            try produce(10, to: "t", partitions: 1)
            var consumer = ConsumerSettings(topics: ["t"], group: "g")
            consumer.sessionTimeout = .seconds(6)
            let log = try KafkaLog(KafkaSettings(brokers: cluster.brokers), consumer)
            var records = Records()
            func poll(_ most: Int = 100) throws -> LogEvent {
                try log.poll(into: &records, maximumRecords: most, maximumBytes: 1 << 20, timeout: .milliseconds(100))
            }
            var event = LogEvent.idle
            let deadline = ContinuousClock.now + .seconds(20)
            while event == .idle, .now < deadline { event = try poll() }
            let partition = Partition(topic: "t", number: 0)
            #expect(event == .assigned([partition]))
            for _ in 0..<5 { #expect(try poll() == .idle) }
            try log.assign([partition: 4])
            event = .idle
            while event == .idle, .now < deadline { event = try poll() }
            #expect(event == .records)
            #expect(records.records.first?.offset == 4)
            #expect(records.bytes.count == records.records.last!.key.upperBound + Records.padding)
            // Assigned anew elsewhere, nothing of before is left.
            try log.assign([partition: 9])
            event = .idle
            for _ in 0..<5 { #expect(try poll(0) == .idle, "asked for no records, so there are none") }
            let longer = ContinuousClock.now + .seconds(10)
            while event == .idle, .now < longer { event = try poll(1) }
            #expect(records.records.map(\.offset) == [9])
            log.close(timeout: .seconds(5))
        }
    }

    @Test func tellsOfAnOffsetThatIsGoneAndGoesOnElsewhere() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 2)
            try produce(20, to: "t", partitions: 2)
            let gone = Partition(topic: "t", number: 0)
            let member = try Member(cluster.brokers, topic: "t")
            member.positions[gone] = 1000
            try member.turns("the stop is told") { member.events.contains(.outOfRange(gone, offset: 1000)) }
            try member.turns("the other goes on") { member.total == 10 }
            #expect(member.got[gone] == nil)
            #expect(member.events.filter { $0 == .outOfRange(gone, offset: 1000) }.count == 1)
        }
    }

    @Test func survivesErrorsOfFetching() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 2)
            try produce(100, to: "t", partitions: 2)
            let member = try Member(cluster.brokers, topic: "t")
            try member.turns("joined") { member.total == 100 }
            // Request timed out, storage error, leader moved, connection cut, no leader.
            cluster.fail(.fetch, with: [7, 56, 6, -195, 5])
            try produce(100, to: "t", partitions: 2, from: 100)
            try member.turns("all came, once and in order") { member.total == 200 }
            #expect(member.got[Partition(topic: "t", number: 1)]?.map(\.offset) == Array(0..<100))
        }
    }

    /// Coordinator loading, not coordinator; then, as a member: illegal generation, unknown member.
    @Test(arguments: [
        (MockCluster.Request.joinGroup, [14 as Int32, 16]), (.syncGroup, [27]), (.heartbeat, [22]), (.heartbeat, [25]),
    ])
    func survivesErrorsOfTheGroup(request: MockCluster.Request, errors: [Int32]) async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 2)
            try produce(10, to: "t", partitions: 2)
            let member = try Member(cluster.brokers, topic: "t")
            if request == .heartbeat { try member.turns("joined") { member.total == 10 } }
            let before = member.events.count
            cluster.fail(request, with: errors)
            try member.turns("partitions are assigned anew") {
                member.events.dropFirst(before).contains { if case .assigned = $0 { true } else { false } }
            }
            try produce(10, to: "t", partitions: 2, from: 10)
            try member.turns("all came") { member.total == 20 }
        }
    }

    @Test func survivesABrokerThatIsAway() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 1)
            try produce(10, to: "t", partitions: 1)
            let member = try Member(cluster.brokers, topic: "t")
            try member.turns("joined") { member.total == 10 }
            cluster.setDown(broker: 1)
            try member.turns("told") {
                member.events.contains { if case .unreachable = $0 { true } else { false } }
            }
            cluster.setUp(broker: 1)
            try produce(10, to: "t", partitions: 1, from: 10)
            try member.turns("goes on") { member.total == 20 }
        }
    }

    @Test func tellsOfATopicItMayNotRead() async throws {
        try await onThread {
            cluster.failTopic("nowhere", with: 29)
            let member = try Member(cluster.brokers, topic: "nowhere")
            try member.turns("told by name") {
                member.events.contains {
                    if case .unreachable(let text) = $0 { text.contains("nowhere") } else { false }
                }
            }
        }
    }

    @Test func passesOnTombstonesEmptyValuesAndContentTypes() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 1)
            try producer.produce(nil, key: bytes("k"), to: "t")
            try producer.produce([], key: [], to: "t")
            let types: [([(String, String?)], Records.ContentType)] = [
                ([("content-type", "application/json")], .json),
                ([("content-type", "application/avro")], .other),
                ([("trace", "x"), ("Content-Type", "text/plain; charset=utf-8")], .other),
                ([("content-type", nil)], .json),
                ([("trace", "application/avro")], .json),
            ]
            for (headers, _) in types {
                try producer.produce(
                    bytes("{}"), key: nil, to: "t", headers: headers.map { (name: $0.0, value: $0.1.map(bytes)) })
            }
            try producer.flush(timeout: .seconds(10))
            let member = try Member(cluster.brokers, topic: "t")
            try member.turns("seven records") { member.total == 7 }
            let got = try #require(member.got[Partition(topic: "t", number: 0)])
            #expect(got.map(\.value) == [nil, []] + Array(repeating: bytes("{}"), count: 5))
            #expect(got[0].key == bytes("k"))
            #expect(got.dropFirst(2).map(\.contentType) == types.map(\.1))
        }
    }

    @Test func keepsToTheLimitsOfAPoll() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 1)
            let large = [UInt8](repeating: 7, count: 2_000_000)
            try producer.produce(large, key: nil, to: "t")
            try producer.produce(large, key: nil, to: "t")
            try produce(5, to: "t", partitions: 1)
            let member = try Member(cluster.brokers, topic: "t")
            try member.turns("the first") { member.total > 0 }
            #expect(member.total == 1, "a record beyond the limit in bytes comes alone")
            try member.turns("the second") { member.total == 2 }
            let partition = Partition(topic: "t", number: 0)
            #expect(member.got[partition]?[1].value == large)
            let deadline = ContinuousClock.now + .seconds(10)
            while member.total < 7, .now < deadline { try member.turn(maximumRecords: 2) }
            #expect(member.got[partition]?.map(\.offset) == Array(0..<7))
        }
    }

    @Test func closesInTimeWithoutItsBroker() async throws {
        try await onThread {
            try cluster.createTopic("t", partitions: 1)
            let member = try Member(cluster.brokers, topic: "t")
            try member.turns("joined") { member.owned.count == 1 }
            cluster.setDown(broker: 1)
            let began = ContinuousClock.now
            member.log.close(timeout: .seconds(1))
            #expect(ContinuousClock.now - began < .seconds(2))
            #expect(throws: LogError.self) { try member.turn() }
            #expect(throws: LogError.self) { try member.log.unassign() }
            #expect(member.log.ends() == [:])
            member.log.report([Partition(topic: "t", number: 0): 1])
            member.log.close(timeout: .seconds(1))
        }
    }
}
