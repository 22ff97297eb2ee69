import ArgumentParser
import Decoding
import Foundation
import Ingest
import Interactions
import Kafka
import Postgres
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
            tables     \(Written.count(profiles)) profiles compared in state and every column; transitions; rejections
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
    private let database: Database
    private let topic: String
    private let rules: FoldRules
    /// How many customers a difference may name.
    var show = 0

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        database = try Database(configuration, purpose: "audit")
        topic = configuration[Settings.topic]
        rules = configuration.rules
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

    // MARK: - The tables

    private func compareProfiles(_ expected: [[UInt8]: Profile], _ report: inout AuditReport) throws {
        var last: [UInt8] = []
        var seen = 0
        var unknown = 0
        var states = 0
        var columns: [String: Int] = [:]
        while true {
            let rows = try database.rows("audit profiles", Self.profiles, [.text(last)])
            if rows.count == 0 { break }
            for row in 0..<rows.count {
                last = rows.bytes(row, 0)
                seen += 1
                guard var profile = expected[last] else {
                    unknown += 1
                    continue
                }
                let evaluation = Evaluation(
                    profile, at: rows.instant(row, 2), model: configuration.model, calendar: rules.calendar)
                var state: [UInt8] = []
                profile.encode(into: &state)
                if state != rows.bytes(row, 1), !Self.isEqualWithoutReferrals(rows.bytes(row, 1), profile) {
                    states += 1
                    if states <= show {
                        report.differences.append(
                            "state of \(String(decoding: last, as: UTF8.self)): "
                                + Self.parts(of: rows.bytes(row, 1), differingFrom: profile))
                    }
                }
                for name in Self.differences(evaluation, rows, row) { columns[name, default: 0] += 1 }
            }
        }
        report.profiles = seen
        let missing = expected.count - (seen - unknown)
        if missing != 0 { report.differences.append("\(missing) people of the log have no row") }
        if unknown != 0 { report.differences.append("\(unknown) rows are of nobody in the log") }
        if states != 0 { report.differences.append("\(states) states differ") }
        for (name, count) in columns.sorted(by: { $0.key < $1.key }) {
            report.differences.append("column \(name) differs in \(count) rows")
        }
    }

    /// Whether two states differ in nothing but the referrals of somebody credited with more than the timeline keeps.
    ///
    /// What such a referral was worth when it left depends on whether the buyer's refund came before or after, and
    /// buyers are in other partitions: the horizon of the profile, where the contract promises nothing.
    private static func isEqualWithoutReferrals(_ state: [UInt8], _ expected: Profile) -> Bool {
        guard expected.departure(of: .referralConverted) != nil, let stored = try? Profile(decoding: state.span) else {
            return false
        }
        var sides: [[UInt8]] = []
        for profile in [stored, expected] {
            var profile = profile
            profile.forgetReferrals()
            var bytes: [UInt8] = []
            profile.encode(into: &bytes)
            sides.append(bytes)
        }
        return sides[0] == sides[1]
    }

    /// Which parts of a stored state are not what they should be.
    private static func parts(of state: [UInt8], differingFrom expected: Profile) -> String {
        guard let stored = try? Profile(decoding: state.span) else { return "cannot be read" }
        var parts: [String] = []
        for entry in EventType.catalogue {
            let counts = (stored.range(of: entry.type).count, expected.range(of: entry.type).count)
            let same =
                counts.0 == counts.1
                && zip(stored.entries[stored.range(of: entry.type)], expected.entries[expected.range(of: entry.type)])
                    .allSatisfy { ($0.time, $0.hash, $0.amount, $0.flags) == ($1.time, $1.hash, $1.amount, $1.flags) }
            if !same { parts.append("\(entry.type.name) \(counts.0) for \(counts.1)") }
        }
        if stored.departed != expected.departed { parts.append("departed") }
        if stored.dayTable != expected.dayTable { parts.append("day table") }
        if stored.departedPurchases != expected.departedPurchases { parts.append("purchase days") }
        if stored.orders.count != expected.orders.count { parts.append("orders") }
        if stored.retractions != expected.retractions { parts.append("retractions") }
        if stored.newest != expected.newest { parts.append("newest") }
        if stored.registers.count != expected.registers.count { parts.append("registers") }
        return parts.isEmpty ? "strings or registers" : parts.joined(separator: ", ")
    }

    private static let profiles = """
        SELECT customer_id, state, evaluated_at, level::text, connection::text, lifecycle::text, engagement,
            engagement_sum, activity, recency, frequency, monetary, purchases, net_spend, repeat_days, recency_days,
            tenure_days, first_seen, last_seen, first_purchase, last_purchase, marketable
        FROM profile WHERE customer_id > $1::text ORDER BY customer_id LIMIT 20000
        """

    /// Columns of a row that are not what the evaluation says.
    private static func differences(_ expected: Evaluation, _ rows: borrowing Rows, _ row: Int) -> [String] {
        var names: [String] = []
        func check(_ name: String, _ isEqual: Bool) { if !isEqual { names.append(name) } }
        func optional(_ column: Int) -> Int? { rows.optionalInt(row, column).map { Int($0) } }
        check("level", rows.string(row, 3) == expected.level.name)
        check("connection", rows.string(row, 4) == expected.connection.name)
        check("lifecycle", rows.string(row, 5) == expected.lifecycle.name)
        check("engagement", rows.double(row, 6) == expected.engagement)
        check("engagement_sum", rows.double(row, 7) == expected.engagementSum)
        check("activity", rows.int(row, 8) == Int64(expected.activity))
        check("recency", optional(9) == expected.recency)
        check("frequency", rows.int(row, 10) == Int64(expected.frequency))
        check("monetary", rows.int(row, 11) == expected.monetary)
        check("purchases", rows.int(row, 12) == expected.purchases)
        check("net_spend", rows.int(row, 13) == expected.netSpend)
        check("repeat_days", optional(14) == expected.repeatDays)
        check("recency_days", optional(15) == expected.recencyDays)
        check("tenure_days", optional(16) == expected.tenureDays)
        check("first_seen", rows.optionalInstant(row, 17) == expected.firstSeen)
        check("last_seen", rows.optionalInstant(row, 18) == expected.lastSeen)
        check("first_purchase", rows.optionalInstant(row, 19) == expected.firstPurchase)
        check("last_purchase", rows.optionalInstant(row, 20) == expected.lastPurchase)
        check("marketable", rows.bool(row, 21) == expected.marketable)
        return names
    }

    private func compareRejections(_ expected: [Rejection.Code: Int], _ report: inout AuditReport) throws {
        let rows = try database.rows(
            "audit rejections", "SELECT reason, count(*) FROM rejection WHERE topic = $1::text GROUP BY reason",
            [.string(topic)])
        var stored: [String: Int] = [:]
        for row in 0..<rows.count { stored[rows.string(row, 0)] = Int(rows.int(row, 1)) }
        for code in Rejection.Code.allCases where stored[code.rawValue, default: 0] != expected[code, default: 0] {
            report.differences.append(
                "rejections \(code.rawValue): \(stored[code.rawValue, default: 0]) stored, "
                    + "\(expected[code, default: 0]) in the log")
        }
    }

    /// The fold of the transition log is the present, and no step is missing or double.
    private func checkTransitions(_ report: inout AuditReport) throws {
        let rows = try database.rows("audit transitions", Self.transitions)
        for (name, count) in [
            ("do not begin where the one before ended", rows.int(0, 0)),
            ("are earlier than the one before", rows.int(0, 1)),
            ("end elsewhere than the row stands", rows.int(0, 2)),
        ] where count != 0 {
            report.differences.append("\(count) transitions \(name)")
        }
    }

    private static let transitions = """
        WITH step AS (
            SELECT customer_id, dimension, "from", "to", effective_at,
                lag("to") OVER log AS before, lag(effective_at) OVER log AS earlier, lead("to") OVER log AS later
            FROM transition WHERE dimension <> 'win_back'
            WINDOW log AS (PARTITION BY customer_id, dimension ORDER BY id)
        ), present AS (
            SELECT customer_id, dimension, value FROM profile CROSS JOIN LATERAL (VALUES
                ('level', level::text), ('connection', connection::text), ('lifecycle', lifecycle::text)
            ) AS d (dimension, value)
        )
        SELECT
            (SELECT count(*) FROM step WHERE before IS DISTINCT FROM "from"),
            (SELECT count(*) FROM step WHERE earlier > effective_at),
            (SELECT count(*) FROM present p LEFT JOIN step s
                ON s.customer_id = p.customer_id AND s.dimension = p.dimension AND s.later IS NULL
                WHERE s."to" IS DISTINCT FROM p.value)
        """
}
