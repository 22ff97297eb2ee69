import Ingest
import Testing

@testable import Kafka

@Suite struct SettingsTests {
    @Test(arguments: [
        ("enable.auto.commit", "true"), ("enable.auto.offset.store", "true"), ("auto.offset.reset", "earliest"),
        ("check.crcs", "false"), ("isolation.level", "read_uncommitted"), ("enable.partition.eof", "true"),
        ("partition.assignment.strategy", "cooperative-sticky"), ("socket.nagle.disable", "false"),
        ("group.id", "x"), ("bootstrap.servers", "x:1"), ("session.timeout.ms", "1"), ("group.protocol", "consumer"),
        ("auto.commit.enable", "true"), ("queued.min.messages", "1"),
    ])
    func refusesWhatTheGuaranteeDependsOn(property: String, value: String) {
        let settings = KafkaSettings(brokers: "127.0.0.1:1", client: [property: value])
        do {
            _ = try KafkaLog(settings, ConsumerSettings(topics: ["t"], group: "g"))
            Issue.record("accepted")
        } catch .setting(let problem) {
            #expect(problem.setting == "kafka.client.\(property)")
            #expect(problem.value == value)
            #expect(!problem.reason.isEmpty)
            #expect(KafkaSettings.problem(property: property, value: value) == problem.reason)
        } catch {
            Issue.record("another error: \(error)")
        }
    }

    @Test func passesTheRestToTheClient() throws {
        #expect(KafkaSettings.problem(property: "client.rack", value: "a") == nil)
        #expect(KafkaSettings.problem(property: "client.rakc", value: "a")?.contains("client.rakc") == true)
        #expect(
            KafkaSettings.problem(property: "fetch.wait.max.ms", value: "soon")?.contains("fetch.wait.max.ms") == true)
        let good = KafkaSettings(brokers: "127.0.0.1:1", client: ["fetch.wait.max.ms": "50", "client.id": "me"])
        let log = try KafkaLog(good, ConsumerSettings(topics: ["t"], group: "g"))
        log.close(timeout: .seconds(1))
    }

    @Test func hidesSecrets() {
        for property in ["sasl.password", "ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.client.secret"] {
            let problem = SettingProblem(property: property, value: "s3cret", reason: "no")
            #expect(!problem.description.contains("s3cret"))
        }
    }

    @Test func offsetsOnlyRise() {
        let partition = Partition(topic: "t", number: 3)
        var delivery = Delivery([partition: 5])
        #expect(delivery.admit(4, at: 0) == .repeated(partition, offset: 4, expected: 5))
        #expect(delivery.admit(5, at: 0) == .passed)
        #expect(delivery.admit(5, at: 0) == .repeated(partition, offset: 5, expected: 6))
        #expect(delivery.admit(9, at: 0) == .passed)
        #expect(delivery.admit(8, at: 0) == .repeated(partition, offset: 8, expected: 10))
        var fromBeginning = Delivery([partition: beginningOfLog])
        #expect(fromBeginning.admit(700, at: 0) == .passed)
    }

    @Test(arguments: [
        ("application/json", Records.ContentType.json), ("Application/JSON ; charset=utf-8", .json),
        ("application/cloudevents+json", .json), (" application/vnd.x+JSON\t;v=1", .json), ("", .json), (" ", .json),
        ("text/json", .other), ("application/jsonx", .other), ("application/avro", .other), ("json", .other),
        ("application/octet-stream;+json", .other),
    ])
    func readsMediaTypes(text: String, expected: Records.ContentType) {
        let type = unsafe Array(text.utf8).withUnsafeBytes { unsafe Records.ContentType($0) }
        #expect(type == expected)
    }

    @Test func roundsDurationsUp() {
        #expect(Duration.microseconds(1).milliseconds == 1)
        #expect(Duration.seconds(2).milliseconds == 2000)
        #expect(Duration.zero.milliseconds == 0)
        #expect(Duration.seconds(Int64.max).milliseconds == Int32.max)
    }
}
