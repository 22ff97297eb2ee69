import Ingest
import Interactions
import Postgres
import ProfileTables
import Profiles

/// The members of a segment, for whoever writes to them: a line a person, with what the rows say of them.
///
/// Who does not want to hear from us is left out, and who was in enough exports of late; both are decided in the
/// transaction that notes who was in this one, so nobody is in two exports that ran at once by mistake.
struct SegmentExport {
    enum Format: String, CaseIterable {
        /// RFC 4180 with a header: empty for NULL, instants in ISO 8601, one type a column, so it loads into a table.
        case csv
        case jsonl
    }

    var format = Format.csv
    /// Of `profile`, beside who it is, the segment, since when, and the version and time of the export.
    var columns: [String] = []
    /// Only who may be written to on this channel.
    var channel: String?
    /// At most so many exports of a person in so many milliseconds, this one included.
    var cap: (exports: Int, milliseconds: Int64)?

    /// How many of the members were written, and why the others were not.
    struct Count: Equatable {
        var members = 0
        var written = 0
        var unwilling = 0
        var capped = 0
    }

    /// What may be exported: what everybody who reads may see, but for what only programs understand.
    static let exportable = ProfileColumn.all.filter { column in
        !["customer_id", "version", "state", "segments", "definitions"].contains(column.name)
    }

    /// - Parameters:
    ///   - isNoted: whether it counts as an export.
    ///   - write: takes the text of the lines, piece by piece; what it has taken is complete when this returns.
    func run(
        _ segment: String, _ database: Database, isNoted: Bool, write: (String) throws -> Void
    ) throws -> Count {
        // Held until the connection ends; taken before anything is read, so that what others noted is seen.
        try database.execute("SELECT pg_advisory_lock(\(Schema.exportLock))")
        try database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        do {
            let count = try lines(segment, database, write)
            try database.execute(isNoted ? "COMMIT" : "ROLLBACK")
            try database.execute("SELECT pg_advisory_unlock(\(Schema.exportLock))")
            return count
        } catch {
            database.connection.rollback()
            throw error
        }
    }

    private func lines(_ segment: String, _ database: Database, _ write: (String) throws -> Void) throws -> Count {
        let current = try database.rows(
            "segment", "SELECT id, revision FROM segment WHERE state = 'current' ORDER BY id")
        var revisions: [String: Int64] = [:]
        for row in 0..<current.count { revisions[current.string(row, 0)] = current.int(row, 1) }
        guard let revision = revisions[segment] else {
            let near = NearestName.of(segment, among: revisions.keys.sorted()).map { "; did you mean \($0)?" } ?? ""
            throw Failure(.misused, "no segment \(segment) is in force\(near) (guanxi definitions lists them)")
        }
        let export = try database.rows(
            "export",
            """
            INSERT INTO export (segment, definitions, people)
            VALUES ($1::text, coalesce((SELECT max(version) FROM definition), 0), 0) RETURNING id
            """, [.string(segment)]
        ).int(0, 0)
        let names =
            ["customer_id", "segment", "entered_at"] + columns + ["definitions", "exported_at"]
        if format == .csv { try write(names.joined(separator: ",") + "\n") }
        // A number of our own and names from the list of columns: nothing anybody wrote.
        try database.execute("DECLARE people NO SCROLL CURSOR FOR \(query(revision, export))")
        var progress = ProgressLine()
        var count = Count()
        while true {
            let rows = try database.rows("fetch people", "FETCH 5000 FROM people")
            if rows.count == 0 { break }
            var text = ""
            var written: [[UInt8]] = []
            for row in 0..<rows.count {
                count.members += 1
                if try !isWilling(rows, row) {
                    count.unwilling += 1
                } else if let cap, rows.int(row, 3) >= Int64(cap.exports) {
                    count.capped += 1
                } else {
                    written.append(rows.bytes(row, 0))
                    text += line(rows, row, names.count)
                }
            }
            try write(text)
            count.written += written.count
            _ = try database.rows(
                "note people",
                "INSERT INTO exported SELECT customer_id, now(), $2::bigint FROM unnest($1::text[]) AS customer_id",
                [.texts(written), .int(export)])
            progress.update(count.members, of: nil, "members")
        }
        progress.end()
        _ = try database.rows(
            "count export", "UPDATE export SET people = $2::bigint WHERE id = $1::bigint",
            [.int(export), .int(Int64(count.written))])
        return count
    }

    // MARK: - Rows

    private static let fixed = 4

    /// Who, whether they may be written to, the state where a channel asks for it, exports of late, then the line.
    private func query(_ revision: Int64, _ export: Int64) -> String {
        let chosen = columns.map { name in (Self.text(Self.exportable.first { $0.name == name }!), name) }
        let fields =
            [("m.customer_id", "customer_id"), ("s.id", "segment"), (Self.instant("m.entered_at"), "entered_at")]
            + chosen + [("e.definitions", "definitions"), (Self.instant("e.exported_at"), "exported_at")]
        let recent =
            cap.map { cap in
                """
                (SELECT count(*) FROM exported x WHERE x.customer_id = m.customer_id
                    AND x.exported_at > now() - interval '1 millisecond' * \(cap.milliseconds))
                """
            } ?? "0::bigint"
        let named = fields.map { "\($0) AS \($1)" }.joined(separator: ", ")
        let line =
            format == .jsonl
            ? "(SELECT row_to_json(line)::text FROM (SELECT \(named)) AS line)"
            : fields.map { "(\($0.0))::text" }.joined(separator: ", ")
        return """
            SELECT m.customer_id, p.marketable, \(channel == nil ? "''::bytea" : "p.state"), \(recent), \(line)
            FROM segment s JOIN segment_member m USING (revision) JOIN profile p USING (customer_id)
            JOIN export e ON e.id = \(export)
            WHERE s.revision = \(revision) ORDER BY m.customer_id
            """
    }

    private static func text(_ column: ProfileColumn) -> String {
        if column.type.hasPrefix("timestamptz") { return instant("p.\(column.name)") }
        return column.type.hasPrefix("text[]") ? "array_to_string(p.\(column.name), '|')" : "p.\(column.name)"
    }

    private static func instant(_ column: String) -> String {
        "to_char(\(column) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    }

    /// Out of everything, or out of the channel.
    private func isWilling(_ rows: borrowing Rows, _ row: Int) throws -> Bool {
        if !rows.bool(row, 1) { return false }
        guard let channel else { return true }
        let profile: Profile
        do throws(EncodingError) { profile = try Profile(decoding: rows.bytes(row, 2).span) } catch {
            throw Failure(.failed, "a stored profile cannot be read: \(error)")
        }
        return profile.mayBeWrittenTo(on: channel)
    }

    private func line(_ rows: borrowing Rows, _ row: Int, _ count: Int) -> String {
        if format == .jsonl { return rows.string(row, Self.fixed) + "\n" }
        let fields = (0..<count).map { field in
            rows.isNull(row, Self.fixed + field) ? "" : Self.quoted(rows.string(row, Self.fixed + field))
        }
        return fields.joined(separator: ",") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        // By bytes: a line end of two bytes is one character.
        let isPlain = text.utf8.allSatisfy { ![34, 44, 10, 13].contains($0) }
        return isPlain && !text.isEmpty ? text : "\"\(text.replacing("\"", with: "\"\""))\""
    }
}

extension Profile {
    /// False where the newest word about a channel is an opt-out; whoever said nothing about it may be written to.
    fileprivate func mayBeWrittenTo(on channel: String) -> Bool {
        let name = Array(channel.utf8)
        let id = strings.find(name.span, fingerprint: StringPool.fingerprint(name.span))
        return id == StringPool.absent || holds(.consent, channel: id) ?? true
    }
}
