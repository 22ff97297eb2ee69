import ArgumentParser
import Foundation
import Ingest
import Kafka
import Postgres
import ProfileTables
import Traffic
import Worker

/// The figures of this machine on the canonical workload; a wrong fast run is a failed run.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure events a second, event-to-row time, memory and WAL on the canonical workload.",
        discussion: """
            Writes a topic of its own, drains it with one worker inside this process into the schema guanxi_bench \
            (which is dropped first and left for a look), compares every row with the reference fold, and then \
            measures event-to-row time at half the speed. Run it against services on this machine with nothing else \
            running: scripts/bench starts them.
            """)

    @Option(help: "How many records.")
    var events = 2_000_000

    @Option(help: "How many different customers.")
    var customers = 200_000

    @Option(help: "How uneven customers are: exponent of their Zipf distribution, 0 for all alike.")
    var skew = 1.05

    @Option(help: "Share of the events that one customer has, 0 to 1, whatever the others do.")
    var hot = 0.0

    @Option(help: "Workers that share the topic, in this process.")
    var workers = 1

    @Option(help: "People who are stored before and have no event.")
    var stored = 0

    @Flag(
        help: """
            Then drain as many events twice more over the same customers by a new worker, which has to read everybody \
            at first, and remembers them then.
            """)
    var again = false

    @Flag(help: "With --again: everybody who is stored is due for a review by then, all at once.")
    var due = false

    @Option(help: "Partitions of the topic.")
    var partitions = 8

    @Option(
        help: ArgumentHelp(
            "Segments that everybody is evaluated for: a document, or how many of a mix.", valueName: "file|count"))
    var segments: String?

    @Flag(
        help: """
            Measure each step of the worker's own work alone, on one core, without a broker or a database: nanoseconds \
            an event or a person.
            """)
    var stages = false

    @Option(help: "With --stages: how often each step is done; the quickest counts.")
    var rounds = 5

    @Option(help: "Seconds of paced traffic for the event-to-row time; 0 leaves it out.")
    var paced = 10

    @Option(
        help: ArgumentHelp(
            "Print each figure beside that of an earlier run, which was saved with --output json.", valueName: "file"))
    var compare: String?

    @Option(help: "Records a second of the paced traffic; half the measured speed if left out.")
    var rate: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard events > 0, customers > 0, partitions > 0, workers > 0, paced >= 0, stored >= 0, skew >= 0,
            rate ?? 1 > 0, again || !due,
            (0...1).contains(hot)
        else {
            throw ValidationError(
                "--events, --customers, --partitions, --workers and --rate are at least 1, --paced, --stored and "
                    + "--skew at least 0, --hot is a share from 0 to 1; --due needs --again")
        }
    }

    mutating func run() throws {
        let process = ProcessInfo.processInfo.processIdentifier
        options.assignments += [
            "postgres.schema=guanxi_bench", "kafka.topic=guanxi-bench-\(process)",
            "kafka.group=guanxi-bench-\(process)",
        ]
        let configuration = try options.load()
        // As a worker does.
        Allocator.keepFreedMemory()
        if stages {
            try measureStages(configuration)
            return
        }
        let saved = try compare.map { try Self.saved($0) }
        var report = BenchReport()
        try resetSchema(configuration)
        if let segments {
            report.segments = try apply(segments, configuration)
        }
        let others = try BenchStored(configuration)
        if stored > 0 { try others.add(stored) }
        let plan = self.plan(events: events, wave: 1)
        report.bytesPerRecord = try BenchTraffic(configuration, plan, partitions).write()

        let drain = try BenchRun(configuration, workers: workers).drain(marks: [events])
        report.take(drain, records: events)
        if again {
            for wave in 2...3 {
                _ = try BenchTraffic(configuration, self.plan(events: events, wave: wave), partitions).write()
            }
            if due { report.due = try makeDue(configuration) }
            let again = try BenchRun(configuration, workers: workers).drain(marks: [events, 2 * events])
            report.take(again: again)
        }
        if stored > 0 { try others.remove() }
        let audit = try Audit(configuration).run()
        report.isEqual = audit.isEqual
        report.differences = audit.differences
        report.scoring = try BenchScoring(configuration).microseconds
        if paced > 0 {
            let rate = rate ?? max(100, Int(report.eventsPerSecond / 2))
            let traffic = BenchTraffic(configuration, self.plan(events: rate * paced, wave: 4), partitions)
            report.paced = .init(try BenchRun(configuration).follow(traffic, rate: rate), rate: rate)
        }
        switch output.output {
        case .text: StandardOutput.line(report.text)
        case .json: StandardOutput.line(report.json.text(isPretty: true))
        }
        if let saved { StandardOutput.line(report.compared(with: saved)) }
        if !report.isEqual { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    /// The numbers of a saved run.
    private static func saved(_ file: String) throws -> [String: Double] {
        guard let data = FileManager.default.contents(atPath: file),
            let fields = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw Failure(.misused, "--compare \(file): no file that guanxi bench --output json wrote") }
        return fields.compactMapValues { $0 as? Double }
    }

    private func plan(events: Int, wave: Int) -> TrafficPlan {
        var plan = TrafficPlan.canonical(start: Int64(Date().timeIntervalSince1970 * 1000) - 3_600_000)
        plan.events = events
        plan.customers = customers
        plan.skew = skew
        plan.hot = hot
        plan.wave = wave
        return plan
    }

    private func measureStages(_ configuration: Configuration) throws {
        let document = try segments.map { try self.document($0, configuration).document }
        let stages = try BenchStages(
            configuration.rules, plan(events: events, wave: 1), segments: document?.segments ?? []
        ).run(rounds: rounds)
        switch output.output {
        case .text:
            var table = TextTable([("step", .left), ("nanoseconds", .right), ("for each", .left), ("of", .right)])
            for stage in stages {
                table.append([
                    stage.name, Written.decimal(stage.nanoseconds, places: 0), stage.unit, Written.count(stage.units),
                ])
            }
            StandardOutput.line(table.text)
        case .json:
            let steps = stages.map { stage in
                JSON.fields([
                    "step": .text(stage.name), "nanoseconds": .number(stage.nanoseconds), "unit": .text(stage.unit),
                    "units": .integer(stage.units),
                ])
            }
            StandardOutput.line(JSON.list(steps).text(isPretty: true))
        }
    }

    private func document(_ file: String, _ configuration: Configuration) throws -> (
        document: SegmentDocument, text: String
    ) {
        let text = try Int(file).map { BenchSegments.text($0) } ?? DefinitionFile.text(file)
        do throws(DocumentError) {
            return (try SegmentDocument.read(text, path: file, configuration.rules), text)
        } catch {
            throw Failure(.misused, "\(error)")
        }
    }

    /// Puts a document into force while there is nobody to be evaluated.
    ///
    /// - Returns: how many segments it has.
    private func apply(_ file: String, _ configuration: Configuration) throws -> Int {
        let (document, text) = try document(file, configuration)
        let database = try Database(configuration, purpose: "bench")
        let version = try database.apply(document, text: text).version
        let store = try configuration.openStore()
        do throws(StoreError) {
            _ = try store.claimStale(Versions(definitions: version), limit: 1)
        } catch {
            throw Failure(.failed, "\(error)")
        }
        return document.segments.count
    }

    /// - Returns: how many people there are.
    private func makeDue(_ configuration: Configuration) throws -> Int {
        let database = try Database(configuration, purpose: "bench due")
        let rows = try database.rows(
            "due", "WITH due AS (UPDATE profile SET review_at = now() RETURNING 1) SELECT count(*) FROM due")
        try database.execute("VACUUM ANALYZE profile")
        return Int(rows.int(0, 0))
    }

    private func resetSchema(_ configuration: Configuration) throws {
        let schema = configuration[Settings.schema]
        do throws(PostgresError) {
            let connection = try PostgresConnection(configuration.conninfo, name: "guanxi bench")
            try connection.execute("DROP SCHEMA IF EXISTS \(schema) CASCADE", statement: "drop bench schema")
            // A checkpoint just before makes the write-ahead log comparable between runs.
            try connection.execute("CHECKPOINT", statement: "checkpoint")
            do throws(Schema.Failure) {
                _ = try Schema(connection, name: schema).migrate(configuration.agreement, roles: false)
            } catch {
                throw PostgresError(sqlState: "", statement: "migrate", message: error.description)
            }
        } catch {
            throw Failure(.unreachable, error.description)
        }
    }
}
