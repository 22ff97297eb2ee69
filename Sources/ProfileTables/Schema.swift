import Interactions
import Postgres

/// Makes and checks the schema: numbered migrations, forward only, and the settings every worker must share.
package struct Schema {
    /// What the cluster agrees on for ever: two folds by different rules do not merge.
    package struct Agreement: Equatable, Sendable {
        /// Sixteen bytes in hexadecimal: the key of the event hash.
        package var hashKey: String
        package var timeZone: String
        /// How many events of a type the timeline keeps, `32` or `32/128`.
        package var timelineKeep: String

        package init(hashKey: String, timeZone: String, timelineKeep: String) {
            self.hashKey = hashKey
            self.timeZone = timeZone
            self.timelineKeep = timelineKeep
        }

        fileprivate var rows: [(name: String, value: String)] {
            [
                ("fold.hash_key", hashKey), ("calendar.time_zone", timeZone), ("timeline.keep", timelineKeep),
            ]
        }
    }

    package enum Failure: Error, Equatable, CustomStringConvertible {
        case postgres(PostgresError)
        case badName(String)
        case missing(schema: String)
        case otherVersion(found: Int, own: Int)
        case changed(migration: Int)
        case disagreement(setting: String, stored: String, own: String)

        package var description: String {
            switch self {
            case .postgres(let error): error.description
            case .badName(let name):
                "postgres.schema: \(name) is no schema name; accepted: a-z, 0-9 and _, not beginning with a digit"
            case .missing(let schema): "schema \(schema) does not exist; run `guanxi migrate`"
            case .otherVersion(let found, let own):
                found > own
                    ? "the schema is at version \(found), newer than this program's \(own); use a newer guanxi"
                    : "the schema is at version \(found), this program needs \(own); run `guanxi migrate`"
            case .changed(let migration):
                "migration \(migration) in the database is not the one this program knows: it was changed after it ran"
            case .disagreement(let setting, let stored, let own):
                "\(setting) is \(setting == "fold.hash_key" ? "another than the one" : "\(own), but \(stored) is") "
                    + "stored with the schema; it can never change, so configure the stored value"
            }
        }
    }

    // Advisory locks. 7171002 is that of `add_transition_days`.
    private static let migrationLock = 7_171_001
    /// Of whoever writes by the versions in force (shared), or makes a new one (alone).
    package static let definitionsLock = 7_171_003
    /// Of the worker that cleans up after segments.
    static let sweeperLock = 7_171_004
    /// Of whoever exports: one counts what the other has written.
    package static let exportLock = 7_171_005

    private static let migrations = [
        Statement.foundation, Statement.scores, Statement.segments, Statement.cheaperCommits,
        Statement.groupedTransitions, Statement.namesOnce, Statement.versionsOfErasures,
    ]
    package static let version = migrations.count

    private let connection: PostgresConnection
    private let name: String

    package init(_ connection: PostgresConnection, name: String) throws(Failure) {
        let letters = Array(name.utf8)
        let isFine =
            !letters.isEmpty && letters.count <= 63 && !(48...57).contains(letters[0])
            && letters.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
        if !isFine { throw .badName(name) }
        self.connection = connection
        self.name = name
    }

    /// Brings the schema to this program's version, under a lock, and stores the agreement the first time.
    ///
    /// - Returns: the numbers of the migrations that were applied.
    package func migrate(_ agreement: Agreement, roles: Bool) throws(Failure) -> [Int] {
        do throws(PostgresError) {
            try connection.execute(
                "BEGIN; SELECT pg_advisory_xact_lock(\(Self.migrationLock))", statement: "migration lock")
            try connection.execute("CREATE SCHEMA IF NOT EXISTS \(name); SET LOCAL search_path = \(name)")
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS migration (
                    version integer PRIMARY KEY, checksum text NOT NULL, at timestamptz NOT NULL DEFAULT now())
                """, statement: "create migration")
        } catch {
            connection.rollback()
            throw .postgres(error)
        }
        var applied: [Int] = []
        do {
            let done = try checkedVersion()
            for number in (done + 1)..<(Self.version + 1) {
                let sql = Self.migrations[number - 1]
                try run { () throws(PostgresError) in
                    try connection.execute(sql, statement: "migration \(number)")
                    try connection.execute("INSERT INTO migration VALUES (\(number), '\(Self.checksum(sql))')")
                }
                applied.append(number)
            }
            try run { () throws(PostgresError) in
                for row in agreement.rows {
                    try connection.query(
                        "store setting", "INSERT INTO setting VALUES ($1, $2) ON CONFLICT DO NOTHING",
                        [.string(row.name), .string(row.value)])
                }
                try connection.execute("SELECT add_transition_days()", statement: "days")
                if roles { try connection.execute(Statement.roles, statement: "roles") }
            }
            try checkAgreement(agreement)
            try run { () throws(PostgresError) in try connection.execute("COMMIT") }
        } catch {
            connection.rollback()
            throw error
        }
        return applied
    }

    /// Sets the search path, and refuses a schema of another version or with another agreement.
    package func check(_ agreement: Agreement) throws(Failure) {
        var exists = false
        try run { () throws(PostgresError) in
            try connection.execute("SET search_path = \(name)")
            exists = try connection.query("schema exists", "SELECT to_regclass('migration') IS NOT NULL").bool(0, 0)
        }
        guard exists else { throw .missing(schema: name) }
        let found = try checkedVersion()
        if found != Self.version { throw .otherVersion(found: found, own: Self.version) }
        try checkAgreement(agreement)
    }

    /// The version the schema is at; every applied migration must be the one this program knows.
    private func checkedVersion() throws(Failure) -> Int {
        var applied: [(Int, String)] = []
        try run { () throws(PostgresError) in
            let rows = try connection.execute("SELECT version, checksum FROM migration ORDER BY version")
            for row in 0..<rows.count { applied.append((Int(rows.string(row, 0)) ?? 0, rows.string(row, 1))) }
        }
        let found = applied.last?.0 ?? 0
        if found > Self.version { throw .otherVersion(found: found, own: Self.version) }
        for (number, checksum) in applied where checksum != Self.checksum(Self.migrations[number - 1]) {
            throw .changed(migration: number)
        }
        return found
    }

    private func checkAgreement(_ agreement: Agreement) throws(Failure) {
        var stored: [String: String] = [:]
        try run { () throws(PostgresError) in
            let rows = try connection.execute("SELECT name, value FROM setting")
            for row in 0..<rows.count { stored[rows.string(row, 0)] = rows.string(row, 1) }
        }
        for row in agreement.rows where stored[row.name] != row.value {
            throw .disagreement(setting: row.name, stored: stored[row.name] ?? "nothing", own: row.value)
        }
    }

    private func run(_ body: () throws(PostgresError) -> Void) throws(Failure) {
        do throws(PostgresError) { try body() } catch { throw .postgres(error) }
    }

    /// Names the text of a migration: a keyed hash is more than enough to notice a change.
    private static func checksum(_ sql: String) -> String {
        let hash = HashKey.standard.identity(Array(sql.utf8).span)
        return String(hash, radix: 16)
    }
}
