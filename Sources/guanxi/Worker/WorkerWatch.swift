import Ingest
import Logging
import Worker

/// Looks at a worker's metrics from time to time and says what is worth a line in the log.
///
/// The loop itself does not log: what it does is in its metrics, and this is the difference between two looks.
struct WorkerWatch {
    /// One line to be logged.
    struct Line: Equatable {
        let level: Logger.Level
        let message: String
        var fields: Logger.Metadata = [:]
    }

    /// Seconds between two lines that only say how things go.
    private let reportEvery: Double
    private var last = Metrics()
    private var lastReport: (time: Double, events: UInt64)?

    init(reportEvery: Double = 10) { self.reportEvery = reportEvery }

    /// - Parameter time: monotonic seconds.
    mutating func looked(at metrics: Metrics, time: Double) -> [Line] {
        var lines: [Line] = []
        func say(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata = [:]) {
            lines.append(Line(level: level, message: message, fields: fields))
        }
        if metrics.assigned != last.assigned {
            say(
                .info, metrics.assigned.isEmpty ? "no partitions" : "partitions assigned",
                [
                    "partitions": .string(metrics.assigned.sorted().map(\.description).joined(separator: " ")),
                    "count": .stringConvertible(metrics.assigned.count),
                ])
        }
        if metrics.isStoreReachable != last.isStoreReachable {
            say(
                metrics.isStoreReachable ? .info : .error,
                metrics.isStoreReachable ? "PostgreSQL is reachable" : "PostgreSQL is not reachable")
        }
        if metrics.isLogReachable != last.isLogReachable {
            say(
                metrics.isLogReachable ? .info : .error,
                metrics.isLogReachable ? "Kafka is reachable" : "Kafka is not reachable")
        }
        for (partition, offset) in metrics.stopped.sorted(by: { $0.key < $1.key }) where last.stopped[partition] == nil
        {
            say(
                .critical,
                "partition stopped: the log no longer holds its position; an operator must decide (see docs)",
                ["partition": "\(partition)", "offset": .stringConvertible(offset)])
        }
        if metrics.fences > last.fences {
            say(
                .warning, "fenced: another worker has moved a position; dropped what was in memory and read it again",
                ["times": .stringConvertible(metrics.fences - last.fences)])
        }
        if metrics.versionConflicts > last.versionConflicts {
            say(
                .notice, "profiles had been written by another worker; folded again",
                ["profiles": .stringConvertible(metrics.versionConflicts - last.versionConflicts)])
        }
        for (disposition, count) in metrics.storeErrors.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            let before = last.storeErrors[disposition, default: 0]
            if count > before {
                say(
                    .warning, "PostgreSQL refused a batch",
                    ["answer": "\(disposition)", "times": .stringConvertible(count - before)])
            }
        }
        let rejected = metrics.rejections.filter { $0.value > last.rejections[$0.key, default: 0] }
        if !rejected.isEmpty {
            say(
                .warning, "records rejected; see `guanxi rejections list`",
                Dictionary(
                    uniqueKeysWithValues: rejected.map { code, count in
                        (code.rawValue, .stringConvertible(count - last.rejections[code, default: 0]))
                    }))
        }
        lines += report(metrics, time)
        last = metrics
        return lines
    }

    /// How things go, while they go.
    private mutating func report(_ metrics: Metrics, _ time: Double) -> [Line] {
        guard let (since, events) = lastReport else {
            lastReport = (time, metrics.events)
            return []
        }
        guard time - since >= reportEvery else { return [] }
        lastReport = (time, metrics.events)
        guard metrics.events > events else { return [] }
        let perSecond = Double(metrics.events - events) / (time - since)
        return [
            Line(
                level: .info, message: "folding",
                fields: [
                    "events": .stringConvertible(metrics.events),
                    "events_per_second": .stringConvertible(Int(perSecond.rounded())),
                    "lag": .stringConvertible(metrics.lag.values.reduce(0, +)),
                    "cached_profiles": .stringConvertible(metrics.cacheProfiles),
                ])
        ]
    }
}
