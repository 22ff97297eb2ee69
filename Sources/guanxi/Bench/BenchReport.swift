import Worker

/// The bench's figures, for people and for programs.
struct BenchReport {
    var records = 0
    var bytesPerRecord = 0.0
    var eventsPerSecond = 0.0
    var cpuPerMillion = 0.0
    var postgresCPUPerMillion = 0.0
    var peakMemory = 0
    var walPerEvent = 0.0
    var batches = 0
    var rowsPerBatch = 0.0
    /// Definitions that were in force, and how often somebody came into one or left it.
    var segments = 0
    var membershipsPerEvent = 0.0
    var stages: [(name: String, seconds: Double)] = []
    var seconds = 0.0
    /// Seconds from the start of a worker to the assignment of its partitions, and from there to its first commit.
    var joining = 0.0
    var firstCommit = 0.0
    /// Events a second over people who are stored, by a worker that remembers nobody yet, and then by the same worker.
    var cold: Double?
    var warm: Double?
    /// People who were due for a review when that began, and who were reviewed by its end.
    var due = 0
    var reviewed = 0
    /// Microseconds a person with every score on, on one core.
    var scoring = 0.0
    /// What a worker did that followed traffic at a pace.
    var paced: Paced?
    var isEqual = false
    var differences: [String] = []

    mutating func take(_ figures: BenchRun.Figures, records: Int) {
        let millions = Double(records) / 1e6
        self.records = records
        seconds = figures.seconds
        joining = figures.joining
        firstCommit = figures.firstCommit
        eventsPerSecond = Double(records) / figures.seconds
        cpuPerMillion = figures.cpu / millions
        postgresCPUPerMillion = figures.postgresCPU / millions
        peakMemory = figures.peakMemory
        walPerEvent = Double(figures.walBytes) / Double(records)
        batches = Int(figures.sum { Double($0.batches.values.reduce(0, &+)) })
        rowsPerBatch = batches == 0 ? 0 : figures.sum { Double($0.profilesWritten) } / Double(batches)
        membershipsPerEvent = figures.sum { Double($0.memberships) } / Double(records)
        stages = [
            ("decode and gather", figures.sum(\.decodeTime.sum)), ("load", figures.sum(\.loadTime.sum)),
            ("fold, score, encode", figures.sum(\.foldTime.sum)),
            ("commit (beside the others)", figures.sum(\.commitTime.sum)),
        ]
    }

    /// - Parameter figures: of as many events twice.
    mutating func take(again figures: BenchRun.Figures) {
        let (first, last) = (figures.marks[0], figures.marks[1])
        cold = Double(first.events) / first.seconds
        // Of few events one batch may hold what belongs to both.
        let rest = last.seconds - first.seconds
        warm = rest > 0.1 ? Double(last.events - first.events) / rest : nil
        reviewed = Int(figures.sum { Double($0.reviewsDone) })
        joining = figures.joining
        firstCommit = figures.firstCommit
    }

    struct Paced {
        /// Events a second.
        var rate: Int
        /// Seconds from event to row: of the first third, which a worker begins that knows nobody, and of the rest.
        var start = (p50: 0.0, p99: 0.0)
        var rest = (p50: 0.0, p99: 0.0)
        /// Batches of the rest: rows of each, and seconds each took.
        var batches = 0
        var rows = 0.0
        var fold = 0.0
        var commit = 0.0

        init(_ figures: BenchRun.Figures, rate: Int) {
            self.rate = rate
            let start = figures.metrics[0][0]
            let end = figures.metrics[1][0]
            func quantiles(_ ages: Histogram) -> (Double, Double) {
                (ages.quantile(0.5) ?? 0, ages.quantile(0.99) ?? 0)
            }
            self.start = quantiles(start.eventToRow)
            rest = quantiles(end.eventToRow.since(start.eventToRow))
            let commits = end.commitTime.since(start.commitTime)
            batches = Int(commits.count)
            let each = Double(max(1, batches))
            rows = Double(end.profilesWritten - start.profilesWritten) / each
            fold = (end.loadTime.sum - start.loadTime.sum + end.foldTime.sum - start.foldTime.sum) / each
            commit = commits.sum / each
        }
    }

    var text: String {
        var lines = [
            "records             \(Written.count(records)) of \(Written.decimal(bytesPerRecord, places: 0)) bytes",
            "events a second     \(Written.count(Int(eventsPerSecond)))   "
                + "(\(Written.decimal(seconds, places: 2)) s from assignment to the last commit)",
            "CPU-s per million   worker \(Written.decimal(cpuPerMillion, places: 2)), "
                + "PostgreSQL \(Written.decimal(postgresCPUPerMillion, places: 2))",
            "peak memory         \(Written.count(peakMemory >> 20)) MiB while it drained",
            "WAL per event       \(Written.decimal(walPerEvent, places: 0)) bytes",
            "batches             \(batches) of \(Written.count(Int(rowsPerBatch))) rows",
        ]
        if segments > 0 {
            lines.append(
                "segments            \(Written.count(segments)), "
                    + "\(Written.decimal(membershipsPerEvent, places: 3)) changes of membership an event")
        }
        for stage in stages {
            lines.append("  \(Written.decimal(stage.seconds, places: 2)) s  \(stage.name)")
        }
        lines.append(
            "first commit        \(Written.decimal(firstCommit, places: 2)) s after the assignment, "
                + "which took \(Written.decimal(joining, places: 2)) s")
        if let cold {
            lines.append(
                "people stored       \(Written.count(Int(cold))) events/s by a worker that remembers nobody"
                    + (warm.map { ", then \(Written.count(Int($0)))" } ?? ""))
        }
        if due > 0 {
            lines.append(
                "people due          \(Written.count(due)), of whom \(Written.count(reviewed)) were reviewed meanwhile")
        }
        lines.append(
            "scoring a person    \(Written.decimal(scoring, places: 2)) µs on one core, every score and model on")
        if let paced {
            func milliseconds(_ seconds: Double) -> String { "\(Written.decimal(seconds * 1000, places: 0)) ms" }
            lines.append(
                "event to row        p50 \(milliseconds(paced.rest.p50)), p99 \(milliseconds(paced.rest.p99)) at "
                    + "\(Written.count(paced.rate)) events/s; the first third, by a worker that knows nobody: "
                    + "\(milliseconds(paced.start.p50)), \(milliseconds(paced.start.p99))")
            lines.append(
                "                    \(paced.batches) batches of \(Written.count(Int(paced.rows))) rows, "
                    + "each \(milliseconds(paced.fold)) to load and fold, \(milliseconds(paced.commit)) to commit")
        }
        lines.append(isEqual ? "result              equal to the reference fold" : "result              WRONG")
        lines += differences.map { "  " + $0 }
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        .fields([
            "records": .integer(records), "bytes_per_record": .number(bytesPerRecord),
            "events_per_second": .number(eventsPerSecond), "seconds": .number(seconds),
            "worker_cpu_seconds_per_million": .number(cpuPerMillion),
            "postgres_cpu_seconds_per_million": .number(postgresCPUPerMillion),
            "peak_memory_bytes": .integer(peakMemory), "wal_bytes_per_event": .number(walPerEvent),
            "batches": .integer(batches), "rows_per_batch": .number(rowsPerBatch),
            "segments": .integer(segments), "memberships_per_event": .number(membershipsPerEvent),
            "stages": .list(stages.map { .fields(["name": .text($0.name), "seconds": .number($0.seconds)]) }),
            "joining_seconds": .number(joining), "first_commit_seconds": .number(firstCommit),
            "cold_events_per_second": .optional(cold) { .number($0) },
            "warm_events_per_second": .optional(warm) { .number($0) }, "people_due": .integer(due),
            "people_reviewed": .integer(reviewed),
            "scoring_microseconds": .number(scoring), "paced_rate": .optional(paced) { .integer($0.rate) },
            "event_to_row_p50_seconds": .optional(paced) { .number($0.rest.p50) },
            "event_to_row_p99_seconds": .optional(paced) { .number($0.rest.p99) },
            "event_to_row_start_p99_seconds": .optional(paced) { .number($0.start.p99) },
            "paced_rows_per_batch": .optional(paced) { .number($0.rows) },
            "paced_fold_seconds": .optional(paced) { .number($0.fold) },
            "paced_commit_seconds": .optional(paced) { .number($0.commit) }, "equal": .boolean(isEqual),
        ])
    }

    /// What two runs are compared in, by its name in the JSON output.
    private var comparable: KeyValuePairs<String, Double?> {
        [
            "events_per_second": eventsPerSecond, "worker_cpu_seconds_per_million": cpuPerMillion,
            "postgres_cpu_seconds_per_million": postgresCPUPerMillion, "peak_memory_bytes": Double(peakMemory),
            "wal_bytes_per_event": walPerEvent, "rows_per_batch": rowsPerBatch, "first_commit_seconds": firstCommit,
            "cold_events_per_second": cold, "warm_events_per_second": warm, "scoring_microseconds": scoring,
            "event_to_row_p50_seconds": paced?.rest.p50, "event_to_row_p99_seconds": paced?.rest.p99,
        ]
    }

    /// Each figure beside the one of a saved run, and how many times it is that.
    func compared(with saved: [String: Double]) -> String {
        var table = TextTable([("figure", .left), ("saved", .right), ("now", .right), ("ratio", .right)])
        for (name, value) in comparable {
            guard let value, let old = saved[name], old != 0 else { continue }
            table.append([
                name, Written.decimal(old, places: 3), Written.decimal(value, places: 3),
                Written.decimal(value / old, places: 3),
            ])
        }
        return table.text
    }
}
