import Ingest
import Interactions
import Worker

/// A worker's metrics in Prometheus' text format (version 0.0.4).
package struct MetricsPage {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private var text = ""

    /// - Parameter residentBytes: the process' resident memory; nil where it cannot be known.
    package static func text(_ metrics: Metrics, residentBytes: Int? = nil) -> String {
        var page = MetricsPage()
        page.write(metrics)
        if let residentBytes {
            page.gauge("process_resident_memory_bytes", "Resident memory of the process.", Double(residentBytes))
        }
        return page.text
    }

    private mutating func write(_ metrics: Metrics) {
        counter("events_total", "Records whose batch is committed: folded, known already, or rejected.", metrics.events)
        counter(
            "duplicates_total", "Records of events that were known already and changed nothing.", metrics.duplicates)
        counter(
            "rejections_total", "Records that could not be folded, by reason.", label: "reason",
            Rejection.Code.allCases.map { ($0.rawValue, metrics.rejections[$0, default: 0]) })
        counter(
            "key_differences_total", "Records whose Kafka key is not their customer.", metrics.keyDifferences)
        counter("profiles_written_total", "Profile rows written.", metrics.profilesWritten)
        counter("transitions_total", "Changes of level, connection and lifecycle written.", metrics.transitions)
        counter("memberships_changed_total", "Times somebody came into a segment or left one.", metrics.memberships)

        counter(
            "batches_total", "Batches committed, by what closed them.", label: "trigger",
            Metrics.Trigger.allCases.map { ($0.rawValue, metrics.batches[$0, default: 0]) })
        histogram("batch_records", "Records in a batch.", [([], metrics.batchSize)])
        histogram(
            "batch_step_seconds", "Time a batch spent in a step.",
            [
                ([("step", "decode")], metrics.decodeTime), ([("step", "load")], metrics.loadTime),
                ([("step", "fold")], metrics.foldTime), ([("step", "commit")], metrics.commitTime),
            ])
        histogram(
            "event_to_row_seconds", "From the broker's timestamp of a record to its row being committed.",
            [([], metrics.eventToRow)])

        counter("fences_total", "Batches dropped because their position had moved.", metrics.fences)
        counter("version_conflicts_total", "Profiles folded again after another write.", metrics.versionConflicts)
        counter(
            "store_errors_total", "Failed calls of PostgreSQL, by what was done about them.", label: "answer",
            Disposition.all.map { ("\($0)", metrics.storeErrors[$0, default: 0]) })
        counter("postgres_round_trips_total", "Round trips to PostgreSQL.", metrics.roundTrips)
        counter("rebalances_total", "Times partitions were assigned or taken away.", metrics.rebalances)

        counter("cache_hits_total", "Profiles found in the cache.", metrics.cacheHits)
        counter("cache_misses_total", "Profiles read from PostgreSQL.", metrics.cacheMisses)
        gauge("cache_bytes", "Memory of cached profiles.", Double(metrics.cacheBytes))
        gauge("cache_profiles", "Cached profiles.", Double(metrics.cacheProfiles))

        counter("reviews_due_total", "Profiles claimed because their time to change had come.", metrics.reviewsDue)
        counter("reviews_done_total", "Profiles evaluated anew by time.", metrics.reviewsDone)
        gauge("review_lag_seconds", "How late the oldest review of the last claim was.", metrics.reviewLag)

        partitions("lag_records", "Records not yet folded, of the partitions this worker has.", metrics.lag)
        partitions(
            "partition_stopped_offset", "Offset at which a partition stopped because the log no longer holds it.",
            metrics.stopped)
        gauge("partitions_assigned", "Partitions this worker has.", Double(metrics.assigned.count))
        gauge(
            "definitions_version", "Version of the definitions in force; 0 is built in.",
            Double(metrics.versions.definitions))
        gauge(
            "calibration_version", "Version of the calibration in force; 0 is none.",
            Double(metrics.versions.calibration))
        gauge("kafka_reachable", "1 while the brokers answer.", metrics.isLogReachable ? 1 : 0)
        gauge("postgres_reachable", "1 while PostgreSQL answers.", metrics.isStoreReachable ? 1 : 0)
        gauge("ready", "1 while /health/ready says so.", Health.readiness(metrics).isGood ? 1 : 0)
        counter("loop_turns_total", "Turns of the worker's loop.", metrics.turns)
    }

    private mutating func head(_ name: String, _ help: String, _ type: String) {
        text += "# HELP guanxi_\(name) \(help)\n# TYPE guanxi_\(name) \(type)\n"
    }

    private mutating func sample(_ name: String, _ labels: [(String, String)], _ value: String) {
        let written = labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
        text += "guanxi_\(name)\(written.isEmpty ? "" : "{\(written)}") \(value)\n"
    }

    private mutating func counter(_ name: String, _ help: String, _ value: UInt64) {
        head(name, help, "counter")
        sample(name, [], "\(value)")
    }

    private mutating func counter(_ name: String, _ help: String, label: String, _ values: [(String, UInt64)]) {
        head(name, help, "counter")
        for (labelValue, value) in values { sample(name, [(label, labelValue)], "\(value)") }
    }

    private mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        head(name, help, "gauge")
        sample(name, [], Self.number(value))
    }

    private mutating func partitions(_ name: String, _ help: String, _ values: [Partition: Int64]) {
        head(name, help, "gauge")
        for (partition, value) in values.sorted(by: { $0.key < $1.key }) {
            sample(name, [("topic", partition.topic), ("partition", "\(partition.number)")], "\(value)")
        }
    }

    private mutating func histogram(_ name: String, _ help: String, _ series: [([(String, String)], Histogram)]) {
        head(name, help, "histogram")
        for (labels, histogram) in series {
            var below: UInt64 = 0
            for (bound, count) in zip(histogram.bounds, histogram.counts) {
                below += count
                sample("\(name)_bucket", labels + [("le", Self.number(bound))], "\(below)")
            }
            sample("\(name)_bucket", labels + [("le", "+Inf")], "\(histogram.count)")
            sample("\(name)_sum", labels, Self.number(histogram.sum))
            sample("\(name)_count", labels, "\(histogram.count)")
        }
    }

    private static func number(_ value: Double) -> String {
        if let whole = Int64(exactly: value) { return "\(whole)" }
        return value.isNaN ? "NaN" : value.isInfinite ? (value > 0 ? "+Inf" : "-Inf") : "\(value)"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}

extension Disposition {
    fileprivate static let all: [Disposition] = [.retry, .hold, .abandon, .reject, .stop]
}
