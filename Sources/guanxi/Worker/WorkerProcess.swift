import Console
import Dispatch
import Foundation
import Ingest
import Kafka
import Logging
import Synchronization
import Worker

/// A worker from its start to its end: one thread that turns the loop, the console beside it, and an eye on both.
///
///     SIGTERM ─► drain: commit what is begun ─► leave the group ─► 0
///     grace over, or a second signal ─► end at once ─► 1      (the fences make that harmless)
final class WorkerProcess: Sendable {
    private let configuration: Configuration
    private let store: any ProfileStore
    /// How often the store has waited for PostgreSQL.
    private let roundTrips: @Sendable () -> UInt64
    private let logger: Logger
    private let meter = Meter()
    private let isAskedToStop = Atomic(false)

    init(_ configuration: Configuration, store: any ProfileStore, roundTrips: @escaping @Sendable () -> UInt64) {
        self.configuration = configuration
        self.store = store
        self.roundTrips = roundTrips
        var logger = Logger(label: "worker")
        logger[metadataKey: "worker"] = "\(configuration.name)"
        self.logger = logger
    }

    /// Returns when the worker was asked to end and has committed all that it had begun.
    func run() async throws {
        let signals = StopSignals(first: { self.stop() }, second: { self.end("a second signal") })
        defer { withExtendedLifetime(signals) {} }
        // It answered when the store was opened; the loop asks again once it has partitions.
        meter.update { $0.isStoreReachable = true }
        try await startConsole()
        logger.info("starting", metadata: introduction)
        watch()
        let end = await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: self.turn()) }
            thread.name = "guanxi.loop"
            thread.stackSize = 8 << 20
            thread.start()
        }
        switch end {
        case .drained: logger.info("stopped; everything begun is committed")
        case .failed(let reason): throw Failure(.failed, reason)
        case .unreachable(let reason): throw Failure(.unreachable, "PostgreSQL: \(reason)")
        }
    }

    /// The loop's thread: it owns the Kafka client from its first to its last breath.
    private func turn() -> WorkerStop {
        let log: KafkaLog
        do throws(KafkaError) {
            log = try KafkaLog(configuration.kafka, configuration.consumer, onLog: { self.passOn($0) })
        } catch {
            return .failed("Kafka: \(error)")
        }
        // The group hears at once that the partitions are free, however the loop ends.
        defer { log.close(timeout: .seconds(3)) }
        let clock = ContinuousClock()
        let start = clock.now
        let loop = WorkerLoop(
            log: log, store: store, meter: meter,
            settings: configuration.worker, clock: { (clock.now - start).milliseconds })
        while true {
            if isAskedToStop.load(ordering: .relaxed) { loop.drain() }
            do throws(WorkerStop) { try loop.step() } catch { return error }
        }
    }

    // MARK: - The end

    private func stop() {
        let grace = configuration[Settings.grace]
        logger.info("asked to stop; draining", metadata: ["at_most": "\(grace.written)"])
        meter.update { $0.isDraining = true }
        isAskedToStop.store(true, ordering: .relaxed)
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(grace.milliseconds))) {
            self.end("the grace time of \(grace.written) is over")
        }
    }

    /// At once, without a word to anybody: what was not committed is folded again by whoever comes next.
    private func end(_ reason: String) {
        logger.warning("ending at once", metadata: ["because": "\(reason)"])
        _exit(ExitStatus.failed.rawValue)
    }

    // MARK: - Beside the loop

    /// Returns when metrics and health can be asked for.
    private func startConsole() async throws {
        let port = configuration[Settings.metricsPort]
        if port == 0 { return }
        let host = configuration[Settings.metricsHost]
        // Hummingbird's own lines are of no interest to an operator.
        var quiet = Logger(label: "console")
        quiet.logLevel = .critical
        let server = ConsoleServer(
            host: host, port: port, stuckAfter: configuration[Settings.stuckAfter], logger: quiet,
            sample: { self.meter.snapshot() })
        let (starts, starting) = AsyncThrowingStream.makeStream(of: Int.self)
        // Serves until the process ends, so that health can be asked for while it drains.
        Task {
            do {
                try await server.run { starting.yield($0) }
                starting.finish()
            } catch {
                starting.finish(throwing: error)
            }
        }
        do {
            for try await _ in starts { return }
        } catch {
            throw Failure(.failed, "cannot listen on \(host):\(port) (metrics.host, metrics.port): \(error)")
        }
    }

    /// Once a second: logs what has changed, and ends a process whose loop hangs.
    private func watch() {
        let stuckAfter = configuration[Settings.stuckAfter]
        // Asking the store may wait for a commit under way, so nobody else waits for the answer.
        let asking = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "guanxi.round-trips"))
        asking.schedule(deadline: .now() + 1, repeating: 1)
        asking.setEventHandler {
            let trips = self.roundTrips()
            self.meter.update { $0.roundTrips = trips }
        }
        asking.resume()
        Task {
            let clock = ContinuousClock()
            let start = clock.now
            var watch = WorkerWatch()
            var liveness = Liveness(limit: stuckAfter, now: start)
            defer { asking.cancel() }
            while true {
                try await Task.sleep(for: .seconds(1))
                let metrics = meter.snapshot()
                for line in watch.looked(at: metrics, time: (clock.now - start) / .seconds(1)) {
                    logger.log(level: line.level, "\(line.message)", metadata: line.fields)
                }
                let health = liveness.asked(metrics, now: clock.now)
                if !health.isGood { end(health.reason) }
            }
        }
    }

    /// A line of librdkafka's own log.
    private func passOn(_ line: ClientLogLine) {
        let level: Logger.Level =
            switch line.severity {
            case ...3: .error
            case 4: .warning
            case 5: .notice
            case 6: .info
            default: .debug
            }
        logger.log(level: level, "\(line.text)", metadata: ["source": "librdkafka", "facility": "\(line.facility)"])
    }

    private var introduction: Logger.Metadata {
        [
            "version": "\(Version.text)",
            "topic": "\(configuration[Settings.topic])",
            "group": "\(configuration[Settings.group])",
            "schema": "\(configuration[Settings.schema])",
            "lanes": .stringConvertible(configuration.worker.lanes),
            "time_zone": "\(configuration[Settings.timeZone])",
            "tzdata": "\(Zone.databaseVersion() ?? "unknown")",
        ]
    }
}
