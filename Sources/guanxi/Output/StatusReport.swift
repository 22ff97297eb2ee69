import Ingest

/// How far the folding is, per partition, at one look.
struct StatusReport: Equatable {
    struct Row: Equatable {
        let partition: Partition
        /// Offset of the next event to fold; nil for a partition nobody has begun.
        let next: Int64?
        /// Offsets the log holds.
        let log: Range<Int64>
        /// Who committed last.
        let worker: String?
        /// Seconds since that commit.
        let age: Double?

        /// Records in the log and not folded yet.
        var lag: Int64 { max(0, log.upperBound - max(next ?? 0, log.lowerBound)) }
        /// The log does not hold the position: records were removed before they were folded, or the topic is a new one.
        ///
        /// Beyond the end only a clear distance counts: some brokers name an end that is a batch behind.
        var isLost: Bool {
            guard let next, next > 0 else { return false }
            return next < log.lowerBound || next - log.upperBound > Self.staleEnd
        }

        private static let staleEnd: Int64 = 100_000
    }

    let rows: [Row]
    /// Events a second since the look before; nil at the first.
    var throughput: Double?

    var lag: Int64 { rows.reduce(0) { $0 + $1.lag } }
    var folded: Int64 { rows.reduce(0) { $0 + ($1.next ?? 0) } }

    /// - Parameter seconds: since `before` was taken.
    mutating func compare(with before: StatusReport, seconds: Double) {
        throughput = seconds > 0 ? Double(folded - before.folded) / seconds : nil
    }

    var text: String {
        var table = TextTable([
            ("partition", .left), ("position", .right), ("end", .right), ("lag", .right), ("worker", .left),
            ("last commit", .right), ("", .left),
        ])
        for row in rows {
            table.append([
                row.partition.description, row.next.map(Written.count) ?? "—", Written.count(row.log.upperBound),
                Written.count(row.lag), row.worker ?? "—", row.age.map { "\(Written.span($0)) ago" } ?? "—",
                row.isLost ? "POSITION IS NOT IN THE LOG" : "",
            ])
        }
        let workers = Set(rows.compactMap(\.worker)).count
        let ages = rows.compactMap(\.age)
        var summary = "\(Written.count(folded)) events folded, \(Written.count(lag)) to go, \(workers) workers"
        if let freshest = ages.min() { summary += ", last commit \(Written.span(freshest)) ago" }
        if let throughput { summary += ", \(Written.count(Int(throughput.rounded()))) events/s" }
        return table.text + "\n\n" + summary
    }

    var json: JSON {
        .fields([
            "partitions": .list(
                rows.map { row in
                    .fields([
                        "topic": .text(row.partition.topic), "partition": .integer(Int64(row.partition.number)),
                        "next_offset": .optional(row.next) { .integer($0) }, "log_start": .integer(row.log.lowerBound),
                        "log_end": .integer(row.log.upperBound), "lag": .integer(row.lag),
                        "worker": .optional(row.worker) { .text($0) },
                        "seconds_since_commit": .optional(row.age) { .number($0) }, "lost": .boolean(row.isLost),
                    ])
                }),
            "folded": .integer(folded), "lag": .integer(lag),
            "events_per_second": .optional(throughput) { .number($0) },
        ])
    }
}
