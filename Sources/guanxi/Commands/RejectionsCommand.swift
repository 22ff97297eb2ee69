import ArgumentParser
import Interactions
import Kafka

/// Records that could not be folded.
struct RejectionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rejections", abstract: "List, show and retry records that could not be folded.",
        subcommands: [ListRejections.self, ShowRejection.self, RetryRejections.self],
        defaultSubcommand: ListRejections.self)
}

/// A rejection code on the command line.
struct ReasonOption: ParsableArguments {
    @Option(help: ArgumentHelp("Only records rejected for this reason.", valueName: "code"))
    var reason: String?

    func validate() throws {
        guard let reason, Rejection.Code(rawValue: reason) == nil else { return }
        let codes = Rejection.Code.allCases.map(\.rawValue)
        let hint = NearestName.of(reason, among: codes).map { "; did you mean \($0)?" } ?? ""
        throw ValidationError("--reason \(reason) is none of \(codes.joined(separator: ", "))\(hint)")
    }
}

struct ListRejections: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show how many were rejected for which reason, and the newest of them.")

    @OptionGroup var filter: ReasonOption

    @Option(help: "How many of the newest to show.")
    var limit = 20

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (0...100_000).contains(limit) else { throw ValidationError("--limit is a number from 0 to 100000") }
    }

    func run() throws {
        let database = try Database(try options.load(), purpose: "rejections")
        let counts = try RejectedRecord.counts(database)
        let newest = try RejectedRecord.newest(limit, reason: filter.reason, database)
        switch output.output {
        case .text:
            var summary = TextTable([("reason", .left), ("records", .right), ("retried", .right)])
            for row in counts { summary.append([row.reason, Written.count(row.records), Written.count(row.retried)]) }
            StandardOutput.line(summary.text)
            if newest.isEmpty { return }
            var table = TextTable([
                ("place", .left), ("reason", .left), ("rejected", .left), ("retried", .left), ("detail", .left),
            ])
            for record in newest {
                table.append([
                    record.place, record.reason, Written.instant(record.at),
                    record.retriedAt.map(Written.instant) ?? "—", Problem.oneLine(record.detail),
                ])
            }
            StandardOutput.line("\n" + table.text)
        case .json:
            let reasons = counts.map {
                JSON.fields([
                    "reason": .text($0.reason), "records": .integer($0.records), "retried": .integer($0.retried),
                ])
            }
            let list = JSON.fields(["reasons": .list(reasons), "newest": .list(newest.map { $0.json })])
            StandardOutput.line(list.text(isPretty: true))
        }
    }
}

struct ShowRejection: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one rejected record with its payload, which may hold personal data.")

    @Argument(help: ArgumentHelp("Where it stands in the topic, as `list` shows it.", valueName: "partition:offset"))
    var place: RecordPlace

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        let database = try Database(configuration, purpose: "rejections")
        let topic = configuration[Settings.topic]
        guard let record = try RejectedRecord.one(topic, place, database) else {
            throw Failure(.failed, "no record of \(topic) was rejected at \(place.partition):\(place.offset)")
        }
        switch output.output {
        case .text: StandardOutput.line(record.text)
        case .json: StandardOutput.line(record.json.text(isPretty: true))
        }
    }
}

struct RetryRejections: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Send rejected records to the topic again, after their cause was mended.",
        discussion: """
            They are folded as if they had just arrived; what cannot be folded this time either is rejected at its new \
            place. One that was folded already (this command was interrupted) changes nothing: it is a duplicate.
            """)

    @Argument(help: ArgumentHelp("These records.", valueName: "partition:offset"))
    var places: [RecordPlace] = []

    @Flag(help: "All records that were not retried yet.")
    var all = false

    @OptionGroup var filter: ReasonOption
    @OptionGroup var options: ConfigurationOptions

    /// Records sent between two marks: what an interruption may send twice.
    private static let chunk = 1000

    func validate() throws {
        let ways = [!places.isEmpty, all, filter.reason != nil].count { $0 }
        guard ways == 1 else {
            throw ValidationError("say which: places such as 3:17, or --reason with a code, or --all")
        }
    }

    func run() throws {
        let configuration = try options.load()
        let database = try Database(configuration, purpose: "rejections")
        let topic = configuration[Settings.topic]
        let producer: KafkaProducer
        do throws(KafkaError) { producer = try KafkaProducer(configuration.kafka) } catch {
            throw Failure(.failed, "\(error)")
        }
        var sent = 0
        if places.isEmpty {
            var last = RecordPlace(partition: -1, offset: -1)
            while true {
                let records = try RejectedRecord.retryable(
                    reason: filter.reason, after: last, topic, limit: Self.chunk, database)
                guard let end = records.last else { break }
                try send(records, producer, database)
                sent += records.count
                last = RecordPlace(partition: end.partition.number, offset: end.offset)
            }
        } else {
            let records = try places.map { place in
                guard let record = try RejectedRecord.one(topic, place, database) else {
                    throw Failure(.failed, "no record of \(topic) was rejected at \(place.partition):\(place.offset)")
                }
                guard record.payload != nil else {
                    throw Failure(.failed, "\(record.place) has no payload: a tombstone, or erased")
                }
                return record
            }
            try send(records, producer, database)
            sent = records.count
        }
        StandardOutput.line("sent \(Written.count(sent)) records to \(topic) again")
    }

    /// Only what the brokers have is marked.
    private func send(_ records: [RejectedRecord], _ producer: KafkaProducer, _ database: Database) throws {
        do throws(KafkaError) {
            for record in records {
                try producer.produce(record.payload, key: record.key, to: record.partition.topic)
            }
            try producer.flush(timeout: .seconds(60))
        } catch {
            throw Failure(.unreachable, "\(error); what was sent is not marked as retried")
        }
        if producer.failed > 0 {
            throw Failure(
                .unreachable,
                "\(producer.failed) records could not be written: \(producer.firstFailure ?? "no reason given"); none "
                    + "is marked as retried")
        }
        for record in records { try record.markRetried(database) }
    }
}

extension RejectedRecord {
    var text: String {
        let body: String =
            if let payload {
                if let text = String(validating: payload, as: UTF8.self) {
                    text
                } else {
                    "(not UTF-8, hexadecimal) "
                        + payload.map { byte in
                            (byte < 16 ? "0" : "") + String(byte, radix: 16)
                        }.joined()
                }
            } else {
                "none: a tombstone, or erased"
            }
        return """
            place     \(partition)@\(offset)
            reason    \(reason)
            detail    \(Problem.oneLine(detail))
            rejected  \(Written.instant(at))
            retried   \(retriedAt.map(Written.instant) ?? "not yet")
            key       \(key.map { Problem.oneLine(String(decoding: $0, as: UTF8.self)) } ?? "none")
            payload   \(body)
            """
    }

    var json: JSON {
        .fields([
            "topic": .text(partition.topic), "partition": .integer(Int64(partition.number)), "offset": .integer(offset),
            "reason": .text(reason), "detail": .text(detail), "at": .text(Written.isoInstant(at)),
            "retried_at": .optional(retriedAt) { .text(Written.isoInstant($0)) },
            "key": .optional(key) { .text(String(decoding: $0, as: UTF8.self)) },
            "payload": .optional(payload) { .text(String(decoding: $0, as: UTF8.self)) },
        ])
    }
}
