import ArgumentParser
import Ingest
import Kafka
import Postgres

/// How far the folding is.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show position, lag, worker and freshness of each partition.")

    @Flag(help: "Look again and again, and say how many events a second go by.")
    var watch = false

    @Option(help: ArgumentHelp("How long between two looks with --watch.", valueName: "duration"))
    var every = "2s"

    @Option(help: ArgumentHelp("End after so many looks; without it --watch goes on for ever.", valueName: "count"))
    var looks: Int?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard let pause = Duration(written: every), pause >= .milliseconds(100) else {
            throw ValidationError("--every is a duration such as 500ms or 2s, at least 100ms")
        }
        if let looks, looks < 1 { throw ValidationError("--looks is a number from 1") }
    }

    func run() async throws {
        let configuration = try options.load()
        let database = try Database(configuration, purpose: "status")
        let topics: KafkaTopics
        do throws(KafkaError) { topics = try KafkaTopics(configuration.kafka) } catch {
            throw Failure(.failed, "\(error)")
        }
        let clock = ContinuousClock()
        var before: (report: StatusReport, time: ContinuousClock.Instant)?
        for look in 1... {
            var report = try StatusReport.read(configuration[Settings.topic], database, topics)
            let now = clock.now
            if let before { report.compare(with: before.report, seconds: (now - before.time) / .seconds(1)) }
            before = (report, now)
            switch output.output {
            case .text: StandardOutput.line(report.text + (watch ? "\n" : ""))
            case .json: StandardOutput.line(report.json.text(isPretty: !watch))
            }
            if look == looks ?? (watch ? .max : 1) { return }
            try await Task.sleep(for: Duration(written: every) ?? .seconds(2))
        }
    }
}

extension StatusReport {
    private static let sql = """
        SELECT partition, next_offset, worker, extract(epoch FROM clock_timestamp() - updated_at)::double precision
        FROM progress WHERE topic = $1::text
        """

    /// What the tables and the brokers say at one moment.
    static func read(_ topic: String, _ database: Database, _ topics: KafkaTopics) throws -> StatusReport {
        let stored = try database.rows("status", sql, [.string(topic)])
        var positions: [Int32: (next: Int64, worker: String, age: Double)] = [:]
        for row in 0..<stored.count {
            positions[Int32(clamping: stored.int(row, 0))] = (
                stored.int(row, 1), stored.string(row, 2), stored.double(row, 3)
            )
        }
        do throws(KafkaError) {
            guard let count = try topics.partitionCount(of: topic) else {
                throw KafkaError.client("the brokers have no topic \(topic) (kafka.topic)")
            }
            var rows: [Row] = []
            for number in 0..<Int32(clamping: count) {
                let partition = Partition(topic: topic, number: number)
                let position = positions[number]
                let worker = position.flatMap { $0.worker.isEmpty ? nil : $0.worker }
                rows.append(
                    Row(
                        partition: partition, next: position?.next, log: try topics.offsets(of: partition),
                        worker: worker, age: worker == nil ? nil : position?.age))
            }
            return StatusReport(rows: rows)
        } catch {
            throw Failure(.unreachable, "\(error)")
        }
    }
}
