import Ingest
import Postgres
@testable import ProfileTables
import Synchronization
import Testing
import Dispatch

@Suite(.enabled(if: Database.isThere, "\(Database.missing)"))
struct SchemaTests {
    @Test func migrationsAreIdempotentAndMayRunAtOnce() throws {
        let database = try Database(isMigrated: false)
        let schema = database.schema
        let applied = Mutex<[[Int]]>([])
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
            do {
                let connection = try PostgresConnection(Database.conninfo, name: "migrate")
                let numbers = try Schema(connection, name: schema).migrate(Database.agreement, roles: true)
                applied.withLock { $0.append(numbers) }
            } catch {
                Issue.record(error)
            }
        }
        #expect(applied.withLock { $0.flatMap { $0 } } == Array(1...Schema.version))
        #expect(applied.withLock { $0.count } == 4)
    }

    @Test func anotherSchemaIsRefused() throws {
        let database = try Database(isMigrated: false)
        func refusal(_ own: Schema.Agreement = Database.agreement) throws -> Schema.Failure? {
            let schema = try Schema(database.connection, name: database.schema)
            do throws(Schema.Failure) { try schema.check(own) } catch { return error }
            return nil
        }
        #expect(try refusal() == .missing(schema: database.schema))
        _ = try Schema(database.connection, name: database.schema).migrate(Database.agreement, roles: false)
        #expect(try refusal() == nil)

        var other = Database.agreement
        other.timeZone = "Asia/Shanghai"
        #expect(
            try refusal(other)
                == .disagreement(setting: "calendar.time_zone", stored: "UTC", own: "Asia/Shanghai"))
        other = Database.agreement
        other.timelineKeep = "64"
        #expect(try refusal(other) == .disagreement(setting: "timeline.keep", stored: "32/128", own: "64"))
        other = Database.agreement
        other.hashKey = "ff0102030405060708090a0b0c0d0e0f"
        let key = try #require(try refusal(other))
        #expect(!"\(key)".contains("0102"), "a key is a secret")
        #expect(throws: Schema.Failure.self) {
            try Schema(database.connection, name: database.schema).migrate(other, roles: false)
        }

        try database.connection.execute("INSERT INTO migration VALUES (\(Schema.version + 1), 'later')")
        #expect(try refusal() == .otherVersion(found: Schema.version + 1, own: Schema.version))
        let error = #expect(throws: StoreError.self) { try database.store() }
        #expect(error?.disposition == .stop)
        #expect(error?.description.contains("\(Schema.version + 1)") == true)
        try database.connection.execute("DELETE FROM migration")
        #expect(try refusal() == .otherVersion(found: 0, own: Schema.version))
        try database.connection.execute("INSERT INTO migration VALUES (1, 'edited')")
        #expect(try refusal() == .changed(migration: 1))
    }

    @Test(arguments: ["", "1a", "a-b", "A", "a;b", "a b", String(repeating: "a", count: 64)])
    func aSchemaHasAPlainName(_ name: String) throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        #expect(throws: Schema.Failure.badName(name)) { try Schema(connection, name: name) }
    }

    /// What is staged, copied and compared is what the table has.
    @Test func theDescriptionOfARowIsTheTable() throws {
        let database = try Database()
        for column in ProfileColumn.all {
            let isRequired = column.type.hasSuffix(" NOT NULL")
            let type = column.type.split(separator: " COLLATE")[0].split(separator: " NOT NULL")[0]
            let found = try database.value(
                """
                SELECT (atttypid = to_regtype('\(type)')::oid AND attnotnull = \(isRequired))::text FROM pg_attribute
                WHERE attrelid = 'profile'::regclass AND attname = '\(column.name)'
                """)
            #expect(found == "true", "\(column.name) \(column.type)")
        }
        let count = try database.value(
            "SELECT count(*)::text FROM pg_attribute WHERE attrelid = 'profile'::regclass AND attnum > 0")
        #expect(Int(count) == ProfileColumn.all.count)
    }

    @Test func everyTableViewAndColumnSaysWhatItMeans() throws {
        let database = try Database()
        let silent = try database.value(
            """
            SELECT coalesce(string_agg(c.relname || coalesce('.' || a.attname, ''), ', '), '') FROM pg_class c
            LEFT JOIN LATERAL (
                SELECT attnum, attname FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND c.relkind <> 'v'
                UNION ALL SELECT 0, NULL
            ) a ON true
            WHERE c.relnamespace = '\(database.schema)'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                AND NOT c.relispartition AND c.relname <> 'migration' AND col_description(c.oid, a.attnum) IS NULL
                AND (a.attnum > 0 OR obj_description(c.oid, 'pg_class') IS NULL)
            """)
        #expect(silent == "")
    }

    @Test func aCardIsOneIndexedRead() throws {
        let database = try Database()
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
        for number in 0..<2000 { change.add("crm:\(number)") }
        let store = try PostgresProfileStore(database.settings())
        _ = try store.progress(of: [ProfileStoreContract.topic])
        guard case .committed = try store.commit(change) else {
            Issue.record("not committed")
            return
        }
        try database.connection.execute(
            """
            INSERT INTO alias SELECT 'phone:' || n, 'crm:' || n FROM generate_series(1, 2000) AS n;
            ANALYZE profile; ANALYZE alias
            """)
        let plan = try database.connection.query(
            "plan", "EXPLAIN SELECT * FROM customer_card WHERE identity = 'crm:77'")
        let scans = (0..<plan.count).map { plan.string($0, 0) }.filter { $0.contains("Scan") }
        #expect(scans.contains { $0.contains("Index") && $0.contains("profile_") && $0.contains("_pkey") }, "\(scans)")
        // The one row of the model's half-lives has no index to speak of.
        #expect(!scans.contains { $0.contains("Seq Scan") && !$0.contains("on decay") }, "\(scans)")
        #expect(try database.value("SELECT count(*)::text FROM customer_card WHERE identity = 'crm:77'") == "1")
    }

    /// However many are not: nobody else is looked at.
    @Test func whoIsDueIsFoundByTheIndex() throws {
        let database = try Database()
        _ = try PostgresProfileStore(database.settings())
        try database.connection.execute("SET enable_seqscan = off")
        let plan = try database.connection.query(
            "plan", "EXPLAIN " + Statement.due.replacing("$1::bigint", with: "10"))
        let lines = (0..<plan.count).map { plan.string($0, 0) }
        let conditions = lines.filter { $0.contains("review_at <= statement_timestamp()") }
        #expect(conditions.count == 8, "\(lines)")
        #expect(conditions.allSatisfy { $0.contains("Index Cond") }, "\(lines)")
    }

    @Test func rolesMayDoWhatTheyNeedAndNoMore() throws {
        let database = try Database()
        _ = try Schema(database.connection, name: database.schema).migrate(Database.agreement, roles: true)
        try database.connection.execute("SET search_path = \(database.schema)")
        func may(_ role: String, _ sql: String) throws -> Bool {
            try database.connection.execute("BEGIN; SET LOCAL ROLE \(role)")
            defer { database.connection.rollback() }
            do throws(PostgresError) { try database.connection.execute(sql) } catch {
                #expect(error.sqlState == "42501", "\(role): \(sql): \(error)")
                return false
            }
            return true
        }
        for view in [
            "level_ladder", "lifecycle_ladder", "tier_ladder", "customer_card", "social_capital", "advocacy_ranking",
            "aipl",
            "fast", "freshness", "progress", "transition", "points", "definition", "calibration", "backfill",
        ] {
            #expect(try may("guanxi_reader", "SELECT * FROM \(view)"), "\(view)")
        }
        #expect(try may("guanxi_reader", "SELECT customer_id, level, engagement FROM profile"))
        #expect(try may("guanxi_reader", "SELECT reason, detail FROM rejection"))
        for forbidden in [
            "SELECT state FROM profile", "SELECT * FROM profile", "SELECT payload FROM rejection",
            "SELECT key FROM rejection", "SELECT * FROM erasure", "SELECT * FROM setting", "DELETE FROM progress",
            "SELECT add_transition_days()",
        ] {
            #expect(try !may("guanxi_reader", forbidden), "\(forbidden)")
        }
        #expect(try may("guanxi_worker", "UPDATE profile SET version = version"))
        #expect(try !may("guanxi_worker", "DELETE FROM setting"))
        #expect(try !may("guanxi_worker", "CREATE TABLE mine ()"))
        // A worker's whole life with its role alone, also on a day that has no partition yet.
        try database.connection.execute(
            "DO $$ BEGIN EXECUTE 'DROP TABLE transition_log_' || to_char(now() AT TIME ZONE 'UTC' + '30 days', 'YYYYMMDD'); END $$"
        )
        var settings = database.settings()
        settings.conninfo += " options='-c role=guanxi_worker'"
        let store = try PostgresProfileStore(settings)
        _ = try store.progress(of: [ProfileStoreContract.topic])
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
        change.add("crm:1")
        change.addTransition(from: nil, to: "visitor")
        guard case .committed = try store.commit(change) else {
            Issue.record("not committed")
            return
        }
        let days = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'transition_log'::regclass"
        #expect(try database.value(days) == "32")
    }
}
