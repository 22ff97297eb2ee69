import Foundation
import Ingest
import Kafka
import Postgres
import ProfileTables
import Synchronization
import Worker

/// Workers in this process, each on a thread of its own, watched from outside.
struct BenchRun {
    struct Figures: Sendable {
        /// From the assignment of the partitions to the last commit.
        var seconds = 0.0
        /// From the start of the workers to the assignment of the partitions: connecting and joining the group.
        var joining = 0.0
        /// From the assignment to the first commit.
        var firstCommit = 0.0
        /// Of the commit that reached each of the marks: when it was, from the assignment on, and how many events were
        /// committed then, as a commit goes past a mark.
        var marks: [(seconds: Double, events: Int)] = []
        var cpu = 0.0
        var postgresCPU = 0.0
        var peakMemory = 0
        var walBytes: Int64 = 0
        /// Of each worker, when each of the marks was committed.
        var metrics: [[Metrics]] = []

        /// All workers together, at the end.
        func sum(_ value: (Metrics) -> Double) -> Double { (metrics.last ?? []).reduce(0) { $0 + value($1) } }
    }

    private let configuration: Configuration
    private let workers: Int

    init(_ configuration: Configuration, workers: Int = 1) {
        self.configuration = configuration
        self.workers = workers
    }

    /// Drains what is in the topic.
    ///
    /// - Parameter marks: numbers of records, ascending: when each was committed is noted, and the last ends it.
    func drain(marks: [Int]) throws -> Figures { try watch(marks) {} }

    /// Follows traffic that is written at a pace; the first mark is where a third of it was committed, as it begins
    /// with a worker that knows nobody.
    func follow(_ traffic: BenchTraffic, rate: Int) throws -> Figures {
        let failure = Mutex<String?>(nil)
        let figures = try watch([traffic.plan.events / 3, traffic.plan.events]) {
            DispatchQueue.global().async {
                do { _ = try traffic.write(rate: rate) } catch { failure.withLock { $0 = "\(error)" } }
            }
        } unless: {
            failure.withLock { $0 }
        }
        return figures
    }

    /// - Parameters:
    ///   - begin: called once the partitions are assigned.
    ///   - unless: why there is nothing more to wait for.
    private func watch(
        _ marks: [Int], _ begin: () -> Void, unless: () -> String? = { nil }
    ) throws -> Figures {
        let clock = ContinuousClock()
        let started = clock.now
        ProcessFigures.forgetPeakMemory()
        let running = try (0..<workers).map { _ in try BenchWorker(configuration) }
        for worker in running { worker.start() }
        defer { for worker in running { worker.stop() } }

        var committed = 0
        /// Waits for the workers, and fails when one of them does.
        func wait(_ seconds: Double) throws {
            for worker in running { if let reason = worker.failure { throw Failure(.failed, reason) } }
            if let reason = unless() { throw Failure(.failed, reason) }
            Thread.sleep(forTimeInterval: seconds)
            committed = running.reduce(0) { $0 + Int($1.meter.snapshot().events) }
        }
        while running.contains(where: { $0.meter.snapshot().assigned.isEmpty }) { try wait(0.001) }
        let began = clock.now
        let before = (cpu: ProcessFigures.cpuSeconds, wal: try wal())
        var figures = Figures()
        figures.joining = (began - started) / .seconds(1)
        begin()
        for mark in marks {
            while committed < mark {
                try wait(0.002)
                if committed > 0, figures.firstCommit == 0 { figures.firstCommit = (clock.now - began) / .seconds(1) }
            }
            figures.marks.append(((clock.now - began) / .seconds(1), committed))
            figures.metrics.append(running.map { $0.meter.snapshot() })
        }
        figures.seconds = figures.marks.last?.seconds ?? 0
        figures.cpu = ProcessFigures.cpuSeconds - before.cpu
        figures.postgresCPU = try postgresCPU()
        figures.walBytes = try wal() - before.wal
        figures.peakMemory = ProcessFigures.peakMemory
        return figures
    }

    private func wal() throws -> Int64 {
        let database = try Database(configuration, purpose: "bench figures")
        return try database.rows("wal", "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint").int(0, 0)
    }

    /// CPU seconds of the server processes behind the worker's connections, where they are on this machine.
    private func postgresCPU() throws -> Double {
        let database = try Database(configuration, purpose: "bench figures")
        let rows = try database.rows(
            "backends", "SELECT pid::bigint FROM pg_stat_activity WHERE application_name ~ '(reader|writer)$'")
        var seconds = 0.0
        for row in 0..<rows.count { seconds += ProcessFigures.cpuSeconds(of: rows.int(row, 0)) }
        return seconds
    }
}

/// One worker: its loop, the thread that turns it, and its store.
private final class BenchWorker: Sendable {
    let meter = Meter()
    private let configuration: Configuration
    private let store: PostgresProfileStore
    private let isAsked = Atomic(false)
    private let reason = Mutex<String?>(nil)
    private let finished = DispatchSemaphore(value: 0)

    init(_ configuration: Configuration) throws {
        self.configuration = configuration
        store = try configuration.openStore()
    }

    /// Why it ended before it was asked to, if it did.
    var failure: String? { reason.withLock { $0 } }

    func start() {
        let thread = Thread {
            self.turn()
            self.finished.signal()
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Returns when the loop has ended.
    func stop() {
        isAsked.store(true, ordering: .relaxed)
        finished.wait()
    }

    private func turn() {
        let log: KafkaLog
        do throws(KafkaError) { log = try KafkaLog(configuration.kafka, configuration.consumer) } catch {
            reason.withLock { $0 = "\(error)" }
            return
        }
        defer { log.close(timeout: .seconds(5)) }
        let began = ContinuousClock.now
        let loop = WorkerLoop(
            log: log, store: store, meter: meter,
            settings: configuration.worker, clock: { Int64((ContinuousClock.now - began) / .milliseconds(1)) })
        do throws(WorkerStop) {
            while true {
                if isAsked.load(ordering: .relaxed) { loop.drain() }
                try loop.step()
            }
        } catch {
            if error != .drained { reason.withLock { $0 = "\(error)" } }
        }
    }
}

/// What the system says of processes.
enum ProcessFigures {
    /// User and system time of this process so far.
    static var cpuSeconds: Double {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// From here on only what comes counts as the most memory.
    static func forgetPeakMemory() {
        try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    /// Most memory this process had resident since then, bytes.
    static var peakMemory: Int {
        var usage = rusage()
        unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss * 1024
    }

    /// User and system time of another process of this machine; 0 where it cannot be read.
    static func cpuSeconds(of process: Int64) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
