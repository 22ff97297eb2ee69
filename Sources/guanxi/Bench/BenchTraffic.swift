import Foundation
import Kafka
import Traffic

/// Writes a plan's records into the bench's topic.
struct BenchTraffic {
    private let configuration: Configuration
    let plan: TrafficPlan
    private let partitions: Int

    init(_ configuration: Configuration, _ plan: TrafficPlan, _ partitions: Int) {
        self.configuration = configuration
        self.plan = plan
        self.partitions = partitions
    }

    /// - Parameter rate: records a second; 0 as fast as the brokers take them.
    /// - Returns: mean bytes of a record's value.
    func write(rate: Int = 0) throws -> Double {
        let topic = configuration[Settings.topic]
        var bytes = 0
        do throws(KafkaError) {
            _ = try KafkaTopics(configuration.kafka).create(topic, partitions: partitions)
            let producer = try KafkaProducer(configuration.kafka)
            var stream = TrafficStream(plan)
            let clock = ContinuousClock()
            let began = clock.now
            while stream.next() {
                bytes += stream.value.count
                try producer.produce(stream.isTombstone ? nil : stream.value, key: stream.key, to: topic)
                // Every hundredth of a second's share is a good moment to see whether we are early.
                if rate > 0, stream.made % max(1, rate / 100) == 0 {
                    let due = began + .seconds(Double(stream.made) / Double(rate))
                    if due > clock.now { Thread.sleep(forTimeInterval: (due - clock.now) / .seconds(1)) }
                }
            }
            try producer.flush(timeout: .seconds(120))
            if producer.failed > 0 { throw KafkaError.client("\(producer.failed) records could not be written") }
        } catch {
            throw Failure(.unreachable, "\(error)")
        }
        return Double(bytes) / Double(max(1, plan.events))
    }
}
