import Dispatch
import Ingest
import Interactions
import Postgres
import Scoring
import Synchronization

/// `ProfileStore` on PostgreSQL: one connection reads, another commits, so the next batch loads while one is written.
package final class PostgresProfileStore: ProfileStore {
    package struct Settings: Sendable {
        package var conninfo: String
        package var schema: String
        package var agreement: Schema.Agreement
        package var hashKey: HashKey
        /// Who moved a position: the worker's name.
        package var worker: String
        /// Milliseconds a statement may take before the server ends it.
        package var statementTimeout = 30_000
        package var lockTimeout = 10_000
        /// Milliseconds a transaction may idle: a frozen worker must not hold a position's row.
        package var idleTimeout = 15_000
        /// Most people one look for the stale goes past: a worker's loop waits for it, and tables may hold any number.
        package var peopleLookedAt = 50_000

        /// From the stored documents to what is in force.
        package var interpret: @Sendable (StoredDefinitions) throws -> Definitions

        package init(
            conninfo: String, schema: String, agreement: Schema.Agreement, hashKey: HashKey, worker: String,
            interpret: @escaping @Sendable (StoredDefinitions) throws -> Definitions = { stored in
                var definitions = Definitions()
                definitions.versions = stored.versions
                return definitions
            }
        ) {
            self.conninfo = conninfo
            self.schema = schema
            self.agreement = agreement
            self.hashKey = hashKey
            self.worker = worker
            self.interpret = interpret
        }
    }

    /// Rows of a batch are staged and sorted in memory, not in files, while a batch has fewer than a hundred thousand.
    private static let workMemory = "64MB"

    let settings: Settings
    private let reader: Mutex<Link>
    private let writer: Mutex<Link>

    /// A connection that is made when it is needed and made again after it broke.
    struct Link {
        var connection: PostgresConnection?
        /// A claim's transaction is open: the next commit ends it.
        var isClaiming = false
        /// What the claim is a part of, and where it ends.
        var backfill: Backfill?
        var roundTripsBefore: UInt64 = 0
    }

    /// A share of one hash partition that is evaluated anew.
    struct Backfill {
        var part: Int
        /// The last customer of the share, or where it began when it is empty.
        var position: [UInt8]
        var people = 0
        var isLast: Bool
    }

    /// - Throws: when the schema is not this program's or PostgreSQL cannot be reached.
    package init(_ settings: Settings) throws(StoreError) {
        self.settings = settings
        reader = Mutex(Link())
        writer = Mutex(Link())
        try withReader { (_) throws(PostgresError) in }
        try withWriter { (_, connection) throws(PostgresError) in
            try connection.execute("SELECT add_transition_days()", statement: "days")
        }
    }

    package var roundTrips: UInt64 {
        reader.withLock { $0.roundTripsBefore + ($0.connection?.roundTrips ?? 0) }
            + writer.withLock { $0.roundTripsBefore + ($0.connection?.roundTrips ?? 0) }
    }

    // MARK: - Connections

    private func connect(_ role: String) throws(StoreError) -> PostgresConnection {
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try PostgresConnection(settings.conninfo, name: "guanxi \(settings.worker) \(role)")
            // The reader does nothing but look up: see `lookUpByIndex`.
            try connection.execute(
                """
                SET statement_timeout = \(settings.statementTimeout); SET lock_timeout = \(settings.lockTimeout);
                SET idle_in_transaction_session_timeout = \(settings.idleTimeout); SET timezone = 'UTC';
                SET default_transaction_isolation = 'read committed';
                SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off; SET jit = off;
                SET client_min_messages = error; SET enable_seqscan = \(role == "reader" ? "off" : "DEFAULT");
                SET work_mem = '\(Self.workMemory)'; SET temp_buffers = '\(Self.workMemory)'
                """, statement: "session settings")
        } catch {
            throw StoreError(error)
        }
        do throws(Schema.Failure) {
            try Schema(connection, name: settings.schema).check(settings.agreement)
        } catch {
            if case .postgres(let error) = error { throw StoreError(error) }
            throw StoreError(.stop, error.description)
        }
        if role == "writer" {
            // Once a connection: made anew with every batch it would fill the catalogue with dead rows.
            do throws(PostgresError) { try connection.execute(Statement.stage, statement: "stage") } catch {
                throw StoreError(error)
            }
        }
        return connection
    }

    private func withReader<Result>(
        _ body: (PostgresConnection) throws(PostgresError) -> Result
    ) throws(StoreError) -> Result {
        try with(reader, "reader") { (_, connection) throws(PostgresError) in try body(connection) }
    }

    func withWriter<Result>(
        _ body: (inout Link, PostgresConnection) throws(PostgresError) -> Result
    ) throws(StoreError) -> Result {
        try with(writer, "writer", body)
    }

    private func with<Result>(
        _ link: borrowing Mutex<Link>, _ role: String,
        _ body: (inout Link, PostgresConnection) throws(PostgresError) -> Result
    ) throws(StoreError) -> Result {
        // The closure of a mutex does not carry typed errors of two kinds, so the outcome comes out as a value.
        let outcome: Swift.Result<Result, StoreError> = link.withLock { link in
            do throws(StoreError) {
                let connection: PostgresConnection
                if let existing = link.connection, existing.isUsable {
                    connection = existing
                } else {
                    link.roundTripsBefore += link.connection?.roundTrips ?? 0
                    link.connection = nil
                    link.isClaiming = false
                    link.backfill = nil
                    connection = try connect(role)
                    link.connection = connection
                }
                do throws(PostgresError) {
                    return .success(try body(&link, connection))
                } catch {
                    link.isClaiming = false
                    link.backfill = nil
                    if error.isDisconnected || !connection.isUsable {
                        link.roundTripsBefore += connection.roundTrips
                        link.connection = nil
                    } else {
                        connection.rollback()
                    }
                    throw StoreError(error)
                }
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    // MARK: - Reading

    package func progress(of partitions: [Partition]) throws(StoreError) -> [Partition: Int64] {
        // On the writer: behind whatever is still being committed.
        try withWriter { (link, connection) throws(PostgresError) in
            if link.isClaiming {
                connection.rollback()
                link.isClaiming = false
                link.backfill = nil
            }
            let topics = Parameter.strings(partitions.map(\.topic))
            let numbers = Parameter.ints(partitions.map { Int64($0.number) })
            try connection.query(
                "add progress",
                """
                INSERT INTO progress (topic, partition, next_offset)
                SELECT topic, number, 0 FROM unnest($1::text[], $2::bigint[]) AS p (topic, number)
                ORDER BY topic, number ON CONFLICT DO NOTHING
                """, [topics, numbers])
            let rows = try connection.query(
                "read progress",
                """
                SELECT p.topic, p.partition, p.next_offset FROM progress p
                JOIN unnest($1::text[], $2::bigint[]) AS k (topic, number)
                ON p.topic = k.topic AND p.partition = k.number
                """, [topics, numbers])
            var progress: [Partition: Int64] = [:]
            for row in 0..<rows.count {
                progress[Partition(topic: rows.string(row, 0), number: Int32(rows.int(row, 1)))] = rows.int(row, 2)
            }
            return progress
        }
    }

    package func load(_ identities: [[UInt8]]) throws(StoreError) -> [Stored] {
        if identities.isEmpty { return [] }
        return try withReader { (connection) throws(PostgresError) in try load(identities, connection) }
    }

    /// - Parameter isHeld: nobody else writes those who are there until the transaction ends.
    func load(
        _ identities: [[UInt8]], _ connection: PostgresConnection, isHeld: Bool = false
    ) throws(PostgresError) -> [Stored] {
        var result = [Stored](repeating: .absent, count: identities.count)
        func read(_ rows: consuming Rows, _ numbers: [Int]) {
            for row in 0..<rows.count {
                result[numbers[Int(rows.int(row, 0)) - 1]] = .profile(Self.profile(rows, row))
            }
        }
        let all = Array(identities.indices)
        let load = isHeld ? ("load held", Statement.loadHeld) : ("load", Statement.load)
        read(try connection.query(load.0, load.1, [.texts(identities)]), all)

        // Whoever has no row under that name may be known by another, or be erased, or be new.
        func missing() -> [Int] { all.filter { if case .absent = result[$0] { true } else { false } } }
        var numbers = missing()
        if numbers.isEmpty { return result }
        let others = try others(connection)
        if others.areAliases {
            let names = numbers.map { identities[$0] }
            read(try connection.query("load alias", Statement.loadAlias, [.texts(names)]), numbers)
            numbers = missing()
        }
        if numbers.isEmpty || !others.areErased { return result }
        let hashes = numbers.map { hash(of: identities[$0]) }
        let rows = try connection.query(
            "load erasures",
            """
            SELECT k.number, e.erased_until, e.version FROM unnest($1::bigint[]) WITH ORDINALITY AS k (hash, number)
            JOIN erasure e ON e.identity_hash = k.hash
            """, [.ints(hashes)])
        for row in 0..<rows.count {
            result[numbers[Int(rows.int(row, 0)) - 1]] = .erased(
                until: rows.instant(row, 1), version: rows.int(row, 2))
        }
        return result
    }

    /// Whether anybody has another name, and whether anybody was erased: mostly nobody, and nothing more is asked.
    func others(_ connection: PostgresConnection) throws(PostgresError) -> (areAliases: Bool, areErased: Bool) {
        let rows = try connection.query(
            "are others", "SELECT EXISTS (SELECT FROM alias), EXISTS (SELECT FROM erasure)")
        return (rows.bool(0, 0), rows.bool(0, 1))
    }

    /// Of an identity, as `erasure` keeps it.
    func hash(of identity: [UInt8]) -> Int64 { Int64(bitPattern: settings.hashKey.identity(identity.span)) }

    private static func profile(_ rows: borrowing Rows, _ row: Int) -> StoredProfile {
        // The types in the database have exactly these labels: the schema's version was checked.
        StoredProfile(
            customer: rows.bytes(row, 1), version: rows.int(row, 2), state: rows.bytes(row, 3),
            standing: Standing(
                level: Level(name: rows.string(row, 4))!, connection: Connection(name: rows.string(row, 5))!,
                lifecycle: Lifecycle(name: rows.string(row, 6))!, tier: Tier(name: rows.string(row, 7))!,
                levelSince: rows.instant(row, 8), connectionSince: rows.instant(row, 9),
                lifecycleSince: rows.instant(row, 10), tierSince: rows.instant(row, 11),
                segments: rows.integers(row, 16), evaluatedAt: rows.instant(row, 12), reviewAt: rows.instant(row, 13),
                versions: Versions(definitions: Int(rows.int(row, 14)), calibration: Int(rows.int(row, 15)))))
    }

    package func now() throws(StoreError) -> Int64 {
        try withReader { (connection) throws(PostgresError) in
            try connection.query("clock", "SELECT clock_timestamp()").instant(0, 0)
        }
    }

    // MARK: - Reviews

    package func claimDue(limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        try withWriter { (link, connection) throws(PostgresError) in
            try connection.execute("BEGIN")
            let rows = try connection.query("due", Statement.due, [.int(Int64(limit))])
            var due: [StoredProfile] = []
            for row in 0..<rows.count { due.append(Self.profile(rows, row)) }
            let now = try connection.query("clock", "SELECT clock_timestamp()").instant(0, 0)
            if due.isEmpty { try connection.execute("COMMIT") } else { link.isClaiming = true }
            return (due, now)
        }
    }

    package func claimStale(_ versions: Versions, limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        try withWriter { (link, connection) throws(PostgresError) in
            try connection.execute("BEGIN")
            var left = settings.peopleLookedAt
            while true {
                let parts = try connection.query(
                    "backfill",
                    """
                    SELECT part, position, clock_timestamp() FROM backfill
                    WHERE definitions = $1::bigint AND calibration = $2::bigint AND NOT done
                    ORDER BY part LIMIT 1 FOR UPDATE SKIP LOCKED
                    """, [.int(Int64(versions.definitions)), .int(Int64(versions.calibration))])
                if parts.count == 0 {
                    try endPreparation(versions, connection)
                    let now = try connection.commit()
                    return ([], now)
                }
                var backfill = Backfill(part: Int(parts.int(0, 0)), position: parts.bytes(0, 1), isLast: false)
                let people = try connection.query(
                    "look \(backfill.part)", Statement.look(part: backfill.part),
                    [.text(backfill.position), .int(Int64(left))])
                let count = Int(people.int(0, 1))
                backfill.isLast = count < left
                var due: [StoredProfile] = []
                if count > 0 {
                    let end = people.bytes(0, 0)
                    let rows = try connection.query(
                        "stale \(backfill.part)", Statement.stale(part: backfill.part),
                        [
                            .text(backfill.position), .int(Int64(limit)), .int(Int64(versions.definitions)),
                            .int(Int64(versions.calibration)), .text(end),
                        ])
                    for row in 0..<rows.count { due.append(Self.profile(rows, row)) }
                    backfill.position = end
                }
                backfill.people = due.count
                if due.count == limit, let last = due.last {
                    backfill.position = last.customer
                    backfill.isLast = false
                }
                if !due.isEmpty {
                    link.isClaiming = true
                    link.backfill = backfill
                    return (due, parts.instant(0, 2))
                }
                try move(backfill, connection)
                left -= count
                if left == 0 {
                    let now = try connection.commit()
                    return ([], now)
                }
            }
        }
    }

    func move(_ backfill: Backfill, _ connection: PostgresConnection) throws(PostgresError) {
        _ = try connection.query(
            "move backfill",
            """
            UPDATE backfill SET position = $2::text, done = $3::bigint <> 0, people = people + $4::bigint,
                updated_at = clock_timestamp()
            WHERE part = $1::bigint
            """,
            [
                .int(Int64(backfill.part)), .text(backfill.position), .int(backfill.isLast ? 1 : 0),
                .int(Int64(backfill.people)),
            ])
    }

    /// Once everybody was evaluated with what is in force, segments that were prepared take their places, and what is
    /// left of earlier ones goes, a share at a time.
    private func endPreparation(_ versions: Versions, _ connection: PostgresConnection) throws(PostgresError) {
        // Without the locks first: most of the time there is nothing to do.
        let rows = try connection.query(
            "is prepared",
            """
            SELECT EXISTS (SELECT FROM segment WHERE state = 'preparing'), EXISTS (SELECT FROM backfill WHERE NOT done),
                EXISTS (SELECT FROM segment WHERE state = 'retired')
            """)
        // One worker at a time.
        if rows.bool(0, 2) {
            let lock = "SELECT pg_try_advisory_xact_lock(\(Schema.sweeperLock))"
            if try connection.query("sweeper", lock).bool(0, 0) { try sweep(connection) }
        }
        guard rows.bool(0, 0), !rows.bool(0, 1) else { return }
        // As whoever makes a new version: no commit runs beside it, and those that follow know.
        try connection.execute("SELECT FROM backfill ORDER BY part FOR UPDATE")
        try connection.execute("SELECT pg_advisory_xact_lock(\(Schema.definitionsLock))")
        if try StoredDefinitions.edition(connection).versions != versions { return }
        if try connection.query("is done", "SELECT bool_and(done) FROM backfill").bool(0, 0) {
            try connection.execute(Statement.activate, statement: "activate")
        }
    }

    private func sweep(_ connection: PostgresConnection) throws(PostgresError) {
        let rows = try connection.query(
            "sweep",
            """
            WITH gone AS (
                DELETE FROM segment_member WHERE (revision, customer_id) IN (
                    SELECT m.revision, m.customer_id FROM segment s JOIN segment_member m USING (revision)
                    WHERE s.state = 'retired' LIMIT 20000)
                RETURNING 1
            )
            SELECT count(*) FROM gone
            """)
        if rows.int(0, 0) == 0 { try connection.execute("DELETE FROM segment WHERE state = 'retired'") }
    }

    // MARK: - Definitions

    package func definitions(otherThan edition: Edition) throws(StoreError) -> Definitions? {
        var stored: StoredDefinitions?
        try withReader { (connection) throws(PostgresError) in
            if try StoredDefinitions.edition(connection) != edition { stored = try .read(connection) }
        }
        guard let stored else { return nil }
        do { return try settings.interpret(stored) } catch {
            let reason = "the definitions in force cannot be taken over by this program: \(error)"
            _ = try withReader { (connection) throws(PostgresError) in
                try connection.query(
                    "last error", "UPDATE definition SET last_error = $2::text WHERE version = $1::bigint",
                    [.int(Int64(stored.versions.definitions)), .string("\(settings.worker): \(reason)")]
                ).affected
            }
            throw StoreError(.stop, reason)
        }
    }

    package func releaseClaim() {
        writer.withLock { link in
            if link.isClaiming { link.connection?.rollback() }
            link.isClaiming = false
            link.backfill = nil
        }
    }
}
