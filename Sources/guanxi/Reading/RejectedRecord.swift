import ArgumentParser
import Ingest
import Postgres

/// A record that could not be folded, as it is stored.
struct RejectedRecord: Equatable {
    var partition: Partition
    var offset: Int64
    var reason: String
    var detail: String
    /// Unix ms.
    var at: Int64
    var retriedAt: Int64?
    /// Nil for a tombstone, or after an erase.
    var payload: [UInt8]?
    var key: [UInt8]?

    /// `3:17`: how a record is named on the command line, its topic being the deployment's.
    var place: String { "\(partition.number):\(offset)" }

    private static let columns = #"topic, partition, "offset", reason, detail, at, retried_at"#

    private init(_ rows: borrowing Rows, _ row: Int, isWhole: Bool) {
        partition = Partition(topic: rows.string(row, 0), number: Int32(clamping: rows.int(row, 1)))
        offset = rows.int(row, 2)
        reason = rows.string(row, 3)
        detail = rows.string(row, 4)
        at = rows.instant(row, 5)
        retriedAt = rows.optionalInstant(row, 6)
        payload = !isWhole || rows.isNull(row, 7) ? nil : rows.bytes(row, 7)
        key = !isWhole || rows.isNull(row, 8) ? nil : rows.bytes(row, 8)
    }

    /// How many there are of each reason, the most frequent first.
    static func counts(_ database: Database) throws -> [(reason: String, records: Int64, retried: Int64)] {
        let rows = try database.rows(
            "rejection counts",
            "SELECT reason, count(*), count(retried_at) FROM rejection GROUP BY reason ORDER BY 2 DESC, 1")
        return (0..<rows.count).map { (rows.string($0, 0), rows.int($0, 1), rows.int($0, 2)) }
    }

    /// The newest first.
    ///
    /// - Parameter reason: nil for all.
    static func newest(_ count: Int, reason: String?, _ database: Database) throws -> [RejectedRecord] {
        let rows = try database.rows(
            "rejections",
            """
            SELECT \(columns) FROM rejection WHERE $1::text = '' OR reason = $1::text
            ORDER BY at DESC, topic, partition, "offset" DESC LIMIT $2::bigint
            """, [.string(reason ?? ""), .int(Int64(count))])
        return (0..<rows.count).map { RejectedRecord(rows, $0, isWhole: false) }
    }

    /// One record with its payload; nil when there is none at that place.
    static func one(_ topic: String, _ place: RecordPlace, _ database: Database) throws -> RejectedRecord? {
        let rows = try database.rows(
            "rejection",
            #"SELECT \#(columns), payload, key FROM rejection WHERE topic = $1::text AND partition = $2::bigint "#
                + #"AND "offset" = $3::bigint"#,
            [.string(topic), .int(Int64(place.partition)), .int(place.offset)])
        return rows.count == 1 ? RejectedRecord(rows, 0, isWhole: true) : nil
    }

    /// Those of `reason` (nil: all) that were not retried and have a payload, in the order of the log, after `last`.
    static func retryable(
        reason: String?, after last: RecordPlace, _ topic: String, limit: Int, _ database: Database
    ) throws -> [RejectedRecord] {
        let rows = try database.rows(
            "rejections to retry",
            """
            SELECT \(columns), payload, key FROM rejection
            WHERE topic = $1::text AND ($2::text = '' OR reason = $2::text) AND retried_at IS NULL
                AND payload IS NOT NULL AND (partition, "offset") > ($3::bigint, $4::bigint)
            ORDER BY partition, "offset" LIMIT $5::bigint
            """,
            [
                .string(topic), .string(reason ?? ""), .int(Int64(last.partition)), .int(last.offset),
                .int(Int64(limit)),
            ])
        return (0..<rows.count).map { RejectedRecord(rows, $0, isWhole: true) }
    }

    /// Notes that the record was sent again.
    func markRetried(_ database: Database) throws {
        _ = try database.rows(
            "rejection retried",
            #"UPDATE rejection SET retried_at = clock_timestamp() WHERE topic = $1::text AND partition = $2::bigint "#
                + #"AND "offset" = $3::bigint"#,
            [.string(partition.topic), .int(Int64(partition.number)), .int(offset)])
    }
}

/// `3:17`: partition and offset of a record in the deployment's topic.
struct RecordPlace: Equatable, ExpressibleByArgument {
    let partition: Int32
    let offset: Int64

    init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]), partition >= 0,
            offset >= 0
        else { return nil }
        self.init(partition: partition, offset: offset)
    }
}
