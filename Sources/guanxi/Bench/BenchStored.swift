import ProfileTables

/// People who are stored before a run and have no event in it: what their number costs those who have.
///
/// Their rows are as wide as others and their names lie between those of the stream, but their state is no profile: a
/// worker that read one of them would stop.
struct BenchStored {
    private let database: Database

    init(_ configuration: Configuration) throws { database = try Database(configuration, purpose: "bench stored") }

    func add(_ count: Int) throws {
        var progress = ProgressLine()
        let columns = ProfileColumn.all.map { ($0.name, Self.value(of: $0)) }
        try database.execute("SET synchronous_commit = off")
        for first in stride(from: 0, to: count, by: 100_000) {
            let numbers = "generate_series(\(first), \(min(count, first + 100_000) - 1)) AS n"
            try database.execute(
                """
                INSERT INTO profile (\(columns.map(\.0).joined(separator: ", ")))
                SELECT \(columns.map(\.1).joined(separator: ", ")) FROM \(numbers)
                """)
            progress.update(min(count, first + 100_000), of: count, "people stored")
        }
        progress.end()
        try database.execute("ANALYZE profile")
        try database.execute("CHECKPOINT")
    }

    /// Before the comparison with the log, which does not know them.
    func remove() throws {
        try database.execute("DELETE FROM profile WHERE customer_id LIKE '%-'")
    }

    private static let name = "(ARRAY['crm', 'wechat', 'weibo', 'device'])[1 + n % 4] || ':' || n || '-'"

    private static func value(of column: ProfileColumn) -> String {
        let type = column.type.split(separator: " ")[0]
        switch (column.name, type) {
        case ("customer_id", _): return name
        case ("definitions", _): return "(SELECT coalesce(max(version), 0) FROM definition)"
        case ("review_at", _): return "now() + interval '10 years'"
        case (_, "bytea"): return "convert_to(repeat('-', 180), 'UTF8')"
        case (_, "text"): return "'app'"
        case (_, "boolean"): return "true"
        case (_, "timestamptz"): return "now()"
        case (_, "bigint"), (_, "integer"), (_, "double"): return "0"
        case (_, let type) where type.hasSuffix("[]"): return "'{}'"
        case (_, let type): return "(enum_range(NULL::\(type)))[1]"
        }
    }
}
