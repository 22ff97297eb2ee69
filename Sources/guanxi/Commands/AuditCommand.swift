import ArgumentParser
import Decoding
import Foundation
import Ingest
import Interactions
import Kafka
import Profiles
import Scoring

/// Proof that the tables are right: the whole log folded once more, one person after the other, and compared.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Fold the whole topic once more, simply, and compare every row of the tables with it.",
        discussion: """
            Reads the topic from its beginning up to the positions in `progress` as a member of a group of its own, so \
            workers may go on meanwhile, but rows they change during the comparison would differ: stop the traffic \
            first. Holds the whole log in memory. Exit code 1 when anything differs.
            """)

    @Option(help: "Name so many of the customers whose rows differ.")
    var show = 0

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        var audit = try Audit(configuration)
        audit.show = show
        let report = try audit.run()
        switch output.output {
        case .text: StandardOutput.line(report.text)
        case .json: StandardOutput.line(report.json.text(isPretty: true))
        }
        if !report.isEqual { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}

/// What an audit found.
struct AuditReport {
    var records = 0
    var events = 0
    var rejected = 0
    var profiles = 0
    /// One line a difference; the first of each kind names its subject by number only.
    var differences: [String] = []
    var isEqual: Bool { differences.isEmpty }

    var text: String {
        let verdict =
            isEqual
            ? "equal: every row is what the reference fold of the log says"
            : "DIFFERENT:\n" + differences.map { "  " + $0 }.joined(separator: "\n")
        return """
            log        \(Written.count(records)) records: \(Written.count(events)) events, \
            \(Written.count(rejected)) rejected
            tables     \(Written.count(profiles)) profiles compared in state and all columns; transitions; \
            memberships; rejections
            \(verdict)
            """
    }

    var json: JSON {
        .fields([
            "records": .integer(records), "events": .integer(events), "rejected": .integer(rejected),
            "profiles": .integer(profiles), "equal": .boolean(isEqual),
            "differences": .list(differences.map { .text($0) }),
        ])
    }
}

struct Audit {
    private let configuration: Configuration
    let database: Database
    let topic: String
    let rules: FoldRules
    let reader: DefinitionReader
    /// How many customers a difference may name.
    var show = 0

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        database = try Database(configuration, purpose: "audit")
        topic = configuration[Settings.topic]
        rules = configuration.rules
        reader = configuration.definitionReader
    }

    func run() throws -> AuditReport {
        var report = AuditReport()
        let ends = try positions()
        var reference = ReferenceFold(rules: rules)
        var rejections: [Rejection.Code: Int] = [:]
        try read(upTo: ends, &report, &reference, &rejections)
        try compareProfiles(reference.profiles(), &report)
        try compareRejections(rejections, &report)
        try checkTransitions(&report)
        try checkMemberships(&report)
        return report
    }

    // MARK: - The log

    private func positions() throws -> [Partition: Int64] {
        let rows = try database.rows(
            "positions", "SELECT partition, next_offset FROM progress WHERE topic = $1::text", [.string(topic)])
        var ends: [Partition: Int64] = [:]
        for row in 0..<rows.count { ends[Partition(topic: topic, number: Int32(rows.int(row, 0)))] = rows.int(row, 1) }
        return ends.filter { $0.value > 0 }
    }

    /// Records that were ahead of the clock of the worker that met them: the one verdict that depends on when.
    private func aheadOfTheClock() throws -> Set<String> {
        let rows = try database.rows(
            "ahead", "SELECT partition, \"offset\" FROM rejection WHERE topic = $1::text AND reason = 'in_the_future'",
            [.string(topic)])
        return Set((0..<rows.count).map { "\(rows.int($0, 0)):\(rows.int($0, 1))" })
    }

    private func read(
        upTo ends: [Partition: Int64], _ report: inout AuditReport, _ reference: inout ReferenceFold,
        _ rejections: inout [Rejection.Code: Int]
    ) throws {
        if ends.isEmpty { return }
        let ahead = try aheadOfTheClock()
        var consumer = configuration.consumer
        consumer.group = "\(consumer.group)-audit-\(ProcessInfo.processInfo.processIdentifier)"
        let log: KafkaLog
        do throws(KafkaError) { log = try KafkaLog(configuration.kafka, consumer) } catch {
            throw Failure(.unreachable, "\(error)")
        }
        defer { log.close(timeout: .seconds(5)) }
        let worker = configuration.worker
        var decoder = Decoder(
            key: rules.hashKey,
            limits: DecodingLimits(
                maximumBytes: worker.maximumRecordBytes, futureTolerance: worker.futureTolerance))
        var left = ends
        var records = Records()
        let clock = ContinuousClock()
        var heardAt = clock.now
        do {
            while !left.isEmpty {
                switch try log.poll(
                    into: &records, maximumRecords: 50_000, maximumBytes: 16 << 20, timeout: .milliseconds(200))
                {
                case .assigned: try log.assign(left.mapValues { _ in beginningOfLog })
                case .revoked: try log.unassign()
                case .outOfRange(let partition, let offset):
                    throw Failure(.failed, "\(partition) no longer holds offset \(offset): the log cannot be audited")
                case .idle, .unreachable:
                    if clock.now - heardAt > .seconds(60) {
                        throw Failure(.unreachable, "the brokers gave no record for a minute; left: \(left)")
                    }
                case .records:
                    heardAt = clock.now
                    decode(records, ends, ahead, &decoder, &report, &reference, &rejections)
                    for record in records.records {
                        let partition = records.partitions[Int(record.partition)]
                        if let end = left[partition], record.offset >= end - 1 { left[partition] = nil }
                    }
                }
            }
        } catch let error as LogError {
            throw Failure(.failed, error.description)
        }
    }

    private func decode(
        _ records: Records, _ ends: [Partition: Int64], _ ahead: Set<String>, _ decoder: inout Decoder,
        _ report: inout AuditReport, _ reference: inout ReferenceFold, _ rejections: inout [Rejection.Code: Int]
    ) {
        var batch = InteractionBatch()
        for (index, record) in records.records.enumerated() {
            let partition = records.partitions[Int(record.partition)]
            guard let end = ends[partition], record.offset < end else { continue }
            report.records += 1
            // What was ahead stays rejected; nothing else is, seen from the end of time.
            let isAhead = !ahead.isEmpty && ahead.contains("\(partition.number):\(record.offset)")
            decoder.decode(
                records.bytes.span, value: record.value, isTombstone: record.isTombstone,
                isJSON: record.contentType == .json, record: UInt32(index), now: isAhead ? 0 : .max, into: &batch)
        }
        for rejection in batch.rejections { rejections[rejection.code, default: 0] += 1 }
        report.events += batch.interactions.count
        report.rejected += batch.rejections.count
        reference.add(batch)
    }
}
