import Ingest
import Postgres
import ProfileTables
import Testing

@Suite struct DispositionTests {
    @Test(arguments: [
        ("40001", Disposition.retry), ("40P01", .retry), ("55P03", .retry), ("57014", .retry),
        ("22021", .reject), ("22P02", .reject), ("23505", .reject), ("23502", .reject),
        ("53100", .hold), ("53200", .hold), ("53300", .hold),
        ("25006", .abandon), ("25P03", .abandon), ("57P01", .abandon), ("57P03", .abandon), ("08006", .abandon),
        ("", .abandon),
        ("42P01", .stop), ("42501", .stop), ("XX000", .stop), ("XX001", .stop), ("54000", .stop), ("0A000", .stop),
    ])
    func eachStateHasOne(_ state: String, _ disposition: Disposition) {
        let error = PostgresError(sqlState: state, statement: "upsert profiles", message: "broke")
        #expect(Disposition(error) == disposition)
        #expect(StoreError(error).description.contains("upsert profiles"))
    }
}

@Suite(.enabled(if: Database.isThere, "\(Database.missing)"))
struct ConnectionTests {
    @Test(arguments: [
        "host=127.0.0.1 port=1 password=geheim", "postgresql://u:geheim@127.0.0.1:1/d", "hots=x password=geheim",
        "password='geheim", "password=geheim nothing",
    ])
    func secretsAreInNoError(_ conninfo: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConnection(conninfo, name: "test") }
        #expect(error?.sqlState == "08001" && error.map { !"\($0)".contains("geheim") } == true)
    }

    @Test func detailsOfRowsAreInNoError() throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        try connection.execute("CREATE TEMPORARY TABLE t (name text PRIMARY KEY)")
        try connection.query("add", "INSERT INTO t VALUES ($1)", [.string("Zhang San")])
        let error = #expect(throws: PostgresError.self) {
            try connection.query("add", "", [.string("Zhang San")])
        }
        #expect(error?.sqlState == "23505" && error?.statement == "add")
        #expect(error.map { !"\($0)".contains("Zhang") } == true)
        #expect(error?.isDisconnected == false && connection.isUsable)
    }

    @Test func aStatementThatTakesTooLongIsEnded() throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        try connection.execute("SET statement_timeout = 50")
        let error = #expect(throws: PostgresError.self) { try connection.execute("SELECT pg_sleep(5)") }
        #expect(error?.sqlState == "57014" && connection.isUsable)
    }

    @Test func aFailedTransactionIsNoCommit() throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        try connection.execute("BEGIN")
        #expect(throws: PostgresError.self) { try connection.execute("SELECT 1/0") }
        let error = #expect(throws: PostgresError.self) { try connection.commit() }
        #expect(error?.statement == "commit" && error?.isDisconnected == false)
    }

    @Test func copyTellsWhatWasWrongAndGoesOn() throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        try connection.execute("CREATE TEMPORARY TABLE t (name bytea)")
        let error = #expect(throws: PostgresError.self) {
            try connection.copyIn("COPY t FROM STDIN (FORMAT binary)", statement: "copy t", [[0, 9, 1, 2]])
        }
        #expect(error?.statement == "copy t" && error?.sqlState.hasPrefix("22") == true)
        // Longer than a piece, in two parts that are cut anywhere.
        let value = (0..<600_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var row: [UInt8] = [0, 1]
        row.append(bigEndian: Int32(value.count))
        row += value
        try connection.copyIn(
            "COPY t FROM STDIN (FORMAT binary)", statement: "copy t", [Array(row[..<3]), Array(row[3...])])
        #expect(try connection.query("read", "SELECT name FROM t").bytes(0, 0) == value)
    }

    @Test func instantsAreExactAndNeverHasAValue() throws {
        let connection = try PostgresConnection(Database.conninfo, name: "test")
        for instant: Int64 in [0, -1, 1_700_000_000_123, 946_684_799_999, .max, .min] {
            let rows = try connection.query("same", "SELECT $1::timestamptz", [.instant(instant)])
            #expect(rows.instant(0, 0) == instant)
        }
    }
}
