import ArgumentParser
import Kafka

/// Options of commands that write events.
struct TopicOptions: ParsableArguments {
    @Option(help: "Make the topic with so many partitions where there is none; 0 makes none.")
    var partitions = 8

    func validate() throws {
        guard (0...10_000).contains(partitions) else {
            throw ValidationError("--partitions is a number from 0 to 10000")
        }
    }
}

/// Writes records to the deployment's topic, and says how far it is.
struct TopicWriter {
    let topic: String
    private let producer: KafkaProducer
    private var progress = ProgressLine()
    private let total: Int?

    /// Makes the topic where there is none, if told to.
    init(_ configuration: Configuration, _ options: TopicOptions, total: Int?) throws {
        topic = configuration[Settings.topic]
        self.total = total
        do throws(KafkaError) {
            let topics = try KafkaTopics(configuration.kafka)
            if try topics.partitionCount(of: topic) == nil {
                guard options.partitions > 0 else {
                    throw KafkaError.client("the brokers have no topic \(topic) (kafka.topic)")
                }
                _ = try topics.create(topic, partitions: options.partitions)
            }
            producer = try KafkaProducer(configuration.kafka)
        } catch {
            throw Failure(.unreachable, "\(error)")
        }
    }

    var written: Int { producer.taken }
    var seconds: Double { progress.seconds }

    mutating func write(_ value: [UInt8]?, key: [UInt8]) throws {
        do throws(KafkaError) { try producer.produce(value, key: key, to: topic) } catch {
            throw Failure(.unreachable, "\(error)")
        }
        if written % 1000 == 0 { progress.update(written, of: total, "records") }
    }

    /// Waits until the brokers have all.
    func finish() throws {
        do throws(KafkaError) { try producer.flush(timeout: .seconds(120)) } catch {
            throw Failure(.unreachable, "\(error)")
        }
        progress.end()
        guard producer.failed == 0 else {
            throw Failure(
                .unreachable,
                "\(producer.failed) of \(written) records could not be written: "
                    + (producer.firstFailure ?? "no reason given"))
        }
    }
}
