import Foundation
import Ingest
import Testing

@testable import Kafka

private let brokers = ProcessInfo.processInfo.environment["KAFKA"] ?? ""

/// The log in a group of several, against the broker that KAFKA names.
///
/// The cluster inside the process is no group for two: it refuses a member that asks for its share (SyncGroup) a moment
/// after the leader has handed the shares out, and lets everybody join anew. Under load that never ends.
@Suite(.enabled(if: !brokers.isEmpty, "KAFKA says where the broker is"))
struct KafkaGroupTests {
    @Test func twoMembersShareAndTakeOver() async throws {
        try await onThread {
            let topic = "test_group_\(UInt32.random(in: 0 ... .max))"
            let kafka = KafkaSettings(brokers: brokers)
            _ = try KafkaTopics(kafka).create(topic, partitions: 4)
            let producer = try KafkaProducer(kafka, linger: .zero)
            func produce(_ numbers: Range<Int>) throws {
                for number in numbers {
                    try producer.produce(bytes("v\(number)"), key: nil, to: topic, partition: Int32(number) % 4)
                }
                try producer.flush(timeout: .seconds(30))
                #expect(producer.failed == 0)
            }
            try produce(0..<40)
            let first = try Member(brokers, topic: topic, group: topic)
            try first.turns("the first owns all") { first.owned.count == 4 && first.total == 40 }

            let second = try Member(brokers, topic: topic, group: topic)
            // Where the first stopped: what a store would tell the second.
            second.positions = first.positions
            try first.turns("they share") {
                try second.turn()
                return first.owned.count == 2 && second.owned.count == 2
            }
            #expect(first.owned.isDisjoint(with: second.owned))
            #expect(first.events.contains(.revoked(lost: false)))
            try produce(40..<80)
            try first.turns("each gets its own") {
                try second.turn()
                return first.total == 60 && second.total == 20
            }

            second.log.close(timeout: .seconds(5))
            first.positions.merge(second.positions) { max($0, $1) }
            try produce(80..<88)
            try first.turns("the first owns all again") { first.owned.count == 4 && first.total == 68 }
            first.log.close(timeout: .seconds(5))
        }
    }
}
