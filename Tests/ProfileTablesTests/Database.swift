import Foundation
import Ingest
import Interactions
import Postgres
import ProfileTables

/// A schema of a test's own on the server that POSTGRES names; it goes with the value.
///
///     scripts/services start && . .work/run/env && swift test --filter ProfileTablesTests
final class Database: @unchecked Sendable {
    static let conninfo = ProcessInfo.processInfo.environment["POSTGRES"] ?? ""
    static var isThere: Bool { !conninfo.isEmpty }
    static let missing = "POSTGRES is not set: run `scripts/services start` and source its env"

    static let agreement = Schema.Agreement(
        hashKey: "000102030405060708090a0b0c0d0e0f", timeZone: "UTC", timelineKeep: "32/128")

    let schema = "test_tables_\(UInt32.random(in: 0 ... .max))"
    let connection: PostgresConnection

    init(isMigrated: Bool = true) throws {
        connection = try PostgresConnection(Self.conninfo, name: "test")
        if isMigrated {
            _ = try Schema(connection, name: schema).migrate(Self.agreement, roles: false)
            try connection.execute("SET search_path = \(schema)")
        }
    }

    deinit { _ = try? connection.execute("DROP SCHEMA IF EXISTS \(schema) CASCADE") }

    func settings(_ worker: String = "w1") -> PostgresProfileStore.Settings {
        PostgresProfileStore.Settings(
            conninfo: Self.conninfo, schema: schema, agreement: Self.agreement, hashKey: .standard,
            worker: "\(schema)-\(worker)")
    }

    func store(_ worker: String = "w1") throws -> PostgresProfileStore {
        try PostgresProfileStore(settings(worker))
    }

    /// The only value of the only row, as text.
    func value(_ sql: String) throws -> String { try connection.execute(sql).string(0, 0) }

    /// Ends the backends of one worker, or of one role of it.
    func terminate(_ worker: String = "w1", _ role: String = "") throws {
        try connection.execute(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE application_name LIKE '%\(schema)-\(worker) \(role)%'
            """)
    }
}
