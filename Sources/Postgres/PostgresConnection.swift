import CPostgres

/// One connection to PostgreSQL; used by one thread at a time.
///
/// Whatever fails says which of our statements it was and what SQLSTATE the server gave. After a failure that
/// `isDisconnected`, the connection is of no more use and a new one must be made.
@safe public final class PostgresConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Names of statements the server has prepared for this connection.
    private var prepared: Set<String> = []
    /// Times this connection has waited for the server.
    public private(set) var roundTrips: UInt64 = 0

    /// Connects, at most ten seconds.
    ///
    /// - Parameter conninfo: keywords and values, or a URL, as libpq reads them; never quoted in an error.
    public init(_ conninfo: String, name: String) throws(PostgresError) {
        // Settings of ours come first, so that those of the user win.
        let defaults: [(String, String)] = [
            ("connect_timeout", "10"), ("keepalives_idle", "5"), ("keepalives_interval", "2"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "15000"), ("application_name", name),
            ("client_encoding", "UTF8"), ("dbname", conninfo),
        ]
        let keys = unsafe defaults.map { unsafe Self.copy($0.0) } + [nil]
        let values = unsafe defaults.map { unsafe Self.copy($0.1) } + [nil]
        defer { unsafe (keys + values).forEach { unsafe $0?.deallocate() } }
        let constKeys = unsafe keys.map { unsafe UnsafePointer($0) }
        let constValues = unsafe values.map { unsafe UnsafePointer($0) }
        guard let handle = unsafe PQconnectdbParams(constKeys, constValues, 1) else {
            throw PostgresError(sqlState: "53200", statement: "connect", message: "out of memory")
        }
        unsafe self.handle = handle
        if unsafe PQstatus(handle) != CONNECTION_OK {
            // libpq's text may repeat a password given in a malformed setting, so only its first line's end is kept.
            let message = unsafe Self.connectMessage(String(cString: PQerrorMessage(handle)))
            throw PostgresError(sqlState: "08001", statement: "connect", message: message, isDisconnected: true)
        }
        unsafe PQsetNoticeProcessor(handle, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(handle) }

    private static func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
        let bytes = text.utf8CString
        let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (index, byte) in bytes.enumerated() { unsafe pointer[index] = byte }
        return unsafe pointer
    }

    private static func connectMessage(_ message: String) -> String {
        if message.contains("invalid connection option") || message.contains("missing \"=\"")
            || message.contains("unterminated") || message.contains("invalid URI") || message.contains("URI")
        {
            return "the connection settings cannot be read; accepted: host=… port=… dbname=…, or postgresql://…"
        }
        return message.split(separator: "\n").joined(separator: " ")
    }

    public var isUsable: Bool { unsafe PQstatus(handle) == CONNECTION_OK }

    // MARK: - Statements

    /// Runs SQL text of our own, several statements if need be; the result of the last.
    @discardableResult
    public func execute(_ sql: String, statement: String? = nil) throws(PostgresError) -> Rows {
        roundTrips += 1
        return try unsafe finish(PQexec(handle, sql), statement ?? String(sql.prefix(60)))
    }

    /// Runs a statement that is prepared when it is first used on this connection; parameters and rows in binary.
    @discardableResult
    public func query(
        _ name: String, _ sql: @autoclosure () -> String, _ parameters: [Parameter] = []
    ) throws(PostgresError) -> Rows {
        if !prepared.contains(name) {
            roundTrips += 1
            _ = try unsafe finish(PQprepare(handle, name, sql(), 0, nil), "prepare \(name)")
            prepared.insert(name)
        }
        let encoded = parameters.map(\.encoded)
        // One arena holds all values, so that their addresses stay put during the call.
        var arena: [UInt8] = []
        var ranges: [Range<Int>?] = []
        for bytes in encoded {
            guard let bytes else {
                ranges.append(nil)
                continue
            }
            ranges.append(arena.count..<arena.count + bytes.count)
            arena.append(contentsOf: bytes)
        }
        arena.append(0)
        roundTrips += 1
        let result: OpaquePointer? = unsafe arena.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
            let values: [UnsafePointer<CChar>?] = unsafe ranges.map { range in
                unsafe range.map { unsafe base + $0.lowerBound }
            }
            let lengths = ranges.map { Int32($0?.count ?? 0) }
            let formats = [Int32](repeating: 1, count: ranges.count)
            return unsafe PQexecPrepared(handle, name, Int32(ranges.count), values, lengths, formats, 1)
        }
        return try unsafe finish(result, name)
    }

    /// Commits, and asks for the server's clock in the same round trip.
    ///
    /// - Returns: Unix milliseconds.
    public func commit() throws(PostgresError) -> Int64 {
        roundTrips += 1
        let sql = "COMMIT; SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        guard unsafe PQsendQuery(handle, sql) == 1 else { throw unsafe failure(nil, "commit") }
        var isCommitted = false
        var now: Int64 = 0
        var error: PostgresError?
        while let result = unsafe PQgetResult(handle) {
            let status = unsafe PQresultStatus(result)
            if status == PGRES_COMMAND_OK {
                isCommitted = unsafe String(cString: PQcmdStatus(result)) == "COMMIT"
            } else if status == PGRES_TUPLES_OK {
                now = unsafe Int64(String(cString: PQgetvalue(result, 0, 0))) ?? 0
            } else if error == nil {
                error = unsafe failure(result, "commit")
            }
            unsafe PQclear(result)
        }
        if let error { throw error }
        guard isCommitted else {
            throw PostgresError(sqlState: "25P02", statement: "commit", message: "the transaction was rolled back")
        }
        return now
    }

    public func rollback() { _ = try? execute("ROLLBACK", statement: "rollback") }

    /// Takes what was written, all of it or nothing: what it takes is gone from the bytes.
    public typealias PassOn = (_ rows: inout [UInt8]) throws(PostgresError) -> Void

    /// Sends rows into `COPY … FROM STDIN (FORMAT binary)` while they are written: the server takes some in meanwhile,
    /// and nothing grows in between.
    ///
    /// - Parameter write: appends rows in binary, without the header and trailer, to the bytes it is given, and lets
    ///   them be passed on after each: they are sent when there are enough.
    public func copyIn(
        _ sql: String, statement: String,
        _ write: (_ rows: inout [UInt8], _ passOn: PassOn) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        roundTrips += 2
        let started = unsafe PQexec(handle, sql)
        let status = unsafe PQresultStatus(started)
        guard status == PGRES_COPY_IN else { throw try unsafe failure(clearing: started, statement) }
        unsafe PQclear(started)
        func send(_ rows: inout [UInt8]) throws(PostgresError) {
            let sent = unsafe rows.withUnsafeBytes { buffer in
                unsafe PQputCopyData(
                    handle, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
            }
            guard sent == 1 else { throw unsafe failure(nil, statement) }
            rows.removeAll(keepingCapacity: true)
        }
        var rows = Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0] + [UInt8](repeating: 0, count: 8)
        rows.reserveCapacity(2 * Self.pieceBytes)
        try write(&rows) { (rows) throws(PostgresError) in if rows.count >= Self.pieceBytes { try send(&rows) } }
        rows += [0xff, 0xff]
        try send(&rows)
        guard unsafe PQputCopyEnd(handle, nil) == 1 else { throw unsafe failure(nil, statement) }
        var error: PostgresError?
        while let result = unsafe PQgetResult(handle) {
            if unsafe PQresultStatus(result) != PGRES_COMMAND_OK, error == nil {
                error = unsafe failure(result, statement)
            }
            unsafe PQclear(result)
        }
        if let error { throw error }
    }

    /// Sends rows that are written already, a piece at a time: a piece need not end where a row does.
    public func copyIn(_ sql: String, statement: String, _ parts: [[UInt8]]) throws(PostgresError) {
        try copyIn(sql, statement: statement) { (rows, passOn) throws(PostgresError) in
            for part in parts {
                for start in stride(from: 0, to: part.count, by: Self.pieceBytes) {
                    rows += part[start..<min(start + Self.pieceBytes, part.count)]
                    try passOn(&rows)
                }
            }
        }
    }

    private static let pieceBytes = 256 << 10

    // MARK: - Errors

    private func finish(_ result: OpaquePointer?, _ statement: String) throws(PostgresError) -> Rows {
        let status = unsafe PQresultStatus(result)
        guard let result = unsafe result, status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK else {
            throw try unsafe failure(clearing: result, statement)
        }
        return unsafe Rows(result)
    }

    private func failure(clearing result: OpaquePointer?, _ statement: String) throws(PostgresError) -> PostgresError {
        let error = unsafe failure(result, statement)
        unsafe PQclear(result)
        return error
    }

    private func failure(_ result: OpaquePointer?, _ statement: String) -> PostgresError {
        let isGone = unsafe PQstatus(handle) != CONNECTION_OK
        func field(_ code: Character) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(code.asciiValue!)) else { return nil }
            return unsafe String(cString: text)
        }
        // Diagnostic fields by their letters in the protocol: C is SQLSTATE, M the primary message.
        let state = field("C") ?? (isGone ? "08006" : "")
        let message = field("M") ?? (isGone ? "the connection was lost" : "no answer")
        return PostgresError(sqlState: state, statement: statement, message: message, isDisconnected: isGone)
    }
}
