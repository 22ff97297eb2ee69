import Foundation
import Ingest
import Interactions
import Kafka
import Postgres
import ProfileTables
import Profiles
import Scoring
import Testing

@testable import guanxi

/// A topic, a group and a schema of a test's own on the real broker and the real database; the schema goes with it.
final class Deployment {
    let name: String
    let partitions: Int
    let rules = FoldRules()
    private(set) var written = 0
    private let producer: KafkaProducer
    private let database: PostgresConnection
    private var statements: [String: String] = [:]

    init(_ name: String, partitions: Int = 4) throws {
        self.name = "test_\(name)_\(UInt32.random(in: 0 ... .max))"
        self.partitions = partitions
        let kafka = KafkaSettings(brokers: Services.kafka)
        _ = try KafkaTopics(kafka).create(self.name, partitions: partitions)
        producer = try KafkaProducer(kafka, linger: .milliseconds(2))
        database = try PostgresConnection(Services.postgres, name: "test \(name)")
        _ = try Schema(database, name: self.name).migrate(Self.agreement, roles: false)
        try database.execute("SET search_path = \(self.name)")
    }

    deinit { _ = try? database.execute("DROP SCHEMA \(name) CASCADE") }

    static let agreement = Schema.Agreement(
        hashKey: "000102030405060708090a0b0c0d0e0f", timeZone: "UTC", timelineKeep: "32/128")

    /// A store as a worker has one.
    func store(_ worker: String) throws -> PostgresProfileStore {
        try PostgresProfileStore(
            PostgresProfileStore.Settings(
                conninfo: Services.postgres, schema: name, agreement: Self.agreement, hashKey: rules.hashKey,
                worker: "\(name)-\(worker)", interpret: DefinitionReader(rules: rules, isConsentOpen: true).read))
    }

    // MARK: - In

    func write(
        _ value: [UInt8]?, key: [UInt8], partition: Int32? = nil, headers: [(name: String, value: [UInt8]?)] = []
    ) throws {
        try producer.produce(value, key: key, to: name, partition: partition, headers: headers)
        written += 1
    }

    func write(_ event: String, key: String = "crm:1") throws {
        try write(Array(event.utf8), key: Array(key.utf8))
    }

    func flush() throws {
        try producer.flush(timeout: .seconds(30))
        try #require(producer.failed == 0, "\(producer.firstFailure ?? "")")
    }

    // MARK: - Out

    func rows(_ sql: String, _ parameters: [Parameter] = []) throws -> Rows {
        // A statement is prepared once under its name.
        let name = statements[sql] ?? "test \(statements.count)"
        statements[sql] = name
        return try database.query(name, sql, parameters)
    }

    func execute(_ sql: String) throws { try database.execute(sql) }

    /// Another connection, for another thread.
    static func reader(_ deployment: Deployment) throws -> PostgresConnection {
        let connection = try PostgresConnection(Services.postgres, name: "test reader")
        try connection.execute("SET search_path = \(deployment.name)")
        return connection
    }

    func number(_ sql: String) throws -> Int { Int(try rows("SELECT (\(sql))::bigint").int(0, 0)) }

    /// Waits until every record written has been folded.
    func folded(_ location: SourceLocation = #_sourceLocation) async throws {
        try flush()
        try await until("all \(written) records folded", location) {
            try number("SELECT coalesce(sum(next_offset), 0) FROM progress") == written
        }
    }

    func until(
        _ what: Comment, _ location: SourceLocation = #_sourceLocation, within limit: Duration = .seconds(60),
        _ condition: () throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while try !condition() {
            try #require(.now < deadline, what, sourceLocation: location)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// The stored states, by customer.
    func states() throws -> [[UInt8]: [UInt8]] {
        let rows = try rows("SELECT customer_id, state FROM profile")
        return Dictionary(uniqueKeysWithValues: (0..<rows.count).map { (rows.bytes($0, 0), rows.bytes($0, 1)) })
    }

    /// The stored profiles as they would be evaluated at `instant`.
    func evaluations(at instant: Int64) throws -> [String: Evaluation] {
        var evaluations: [String: Evaluation] = [:]
        for (customer, state) in try states() {
            let profile = try Profile(decoding: state.span)
            evaluations[String(decoding: customer, as: UTF8.self)] = Evaluation(
                profile, at: instant, model: .standard, calendar: rules.calendar)
        }
        return evaluations
    }
}
