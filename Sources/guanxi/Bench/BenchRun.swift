import Foundation
import Ingest
import Kafka
import Postgres
import ProfileTables
import Synchronization
import Worker

/// One worker in this process, on a thread of its own, watched from outside.
struct BenchRun {
    struct Figures: Sendable {
        var seconds = 0.0
        var cpu = 0.0
        var postgresCPU = 0.0
        var peakMemory = 0
        var walBytes: Int64 = 0
        var metrics = Metrics()
    }

    private let configuration: Configuration
    private let meter = Meter()

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// Drains what is in the topic: time runs from the assignment of the partitions to the last commit.
    func drain(records: Int) throws -> Figures {
        try watch(until: { $0.events >= UInt64(records) }) { () throws in }
    }

    /// Follows traffic that is written at a pace; only its metrics mean something.
    func follow(_ traffic: BenchTraffic, rate: Int) throws -> Figures {
        try watch(until: { $0.events >= UInt64(traffic.plan.events) }) { () throws in
            _ = try traffic.write(rate: rate)
        }
    }

    private func watch(until isDone: (Metrics) -> Bool, _ meanwhile: () throws -> Void) throws -> Figures {
        let store = try configuration.openStore()
        let finished = DispatchSemaphore(value: 0)
        let configuration = configuration
        let meter = meter
        return try withExtendedLifetime(store) {
            let worker = BenchWorker(configuration: configuration, store: store, meter: meter)
            let ended = BenchEnd()
            let thread = Thread {
                worker.run(ended)
                finished.signal()
            }
            thread.stackSize = 8 << 20
            thread.start()
            defer {
                ended.ask()
                finished.wait()
            }
            func check() throws {
                if let reason = ended.failure { throw Failure(.failed, reason) }
            }
            let clock = ContinuousClock()
            while meter.snapshot().assigned.isEmpty {
                try check()
                Thread.sleep(forTimeInterval: 0.001)
            }
            let began = clock.now
            let before = (cpu: ProcessFigures.cpuSeconds, wal: try wal())
            try meanwhile()
            while !isDone(meter.snapshot()) {
                try check()
                Thread.sleep(forTimeInterval: 0.002)
            }
            var figures = Figures()
            figures.seconds = (clock.now - began) / .seconds(1)
            figures.cpu = ProcessFigures.cpuSeconds - before.cpu
            figures.postgresCPU = try postgresCPU()
            figures.walBytes = try wal() - before.wal
            figures.peakMemory = ProcessFigures.peakMemory
            figures.metrics = meter.snapshot()
            return figures
        }
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

/// What the loop's thread needs, and nothing it shares.
private struct BenchWorker: Sendable {
    let configuration: Configuration
    let store: PostgresProfileStore
    let meter: Meter

    func run(_ end: BenchEnd) {
        let log: KafkaLog
        do throws(KafkaError) { log = try KafkaLog(configuration.kafka, configuration.consumer) } catch {
            end.fail("\(error)")
            return
        }
        defer { log.close(timeout: .seconds(5)) }
        let began = ContinuousClock.now
        let loop = WorkerLoop(
            log: log, store: store, committer: BackgroundCommitter(store: store), meter: meter,
            settings: configuration.worker, clock: { Int64((ContinuousClock.now - began) / .milliseconds(1)) })
        do throws(WorkerStop) {
            while true {
                if end.isAsked { loop.drain() }
                try loop.step()
            }
        } catch {
            if error != .drained { end.fail("\(error)") }
        }
    }
}

private final class BenchEnd: Sendable {
    private let asked = Atomic(false)
    private let reason = Mutex<String?>(nil)

    func ask() { asked.store(true, ordering: .relaxed) }
    var isAsked: Bool { asked.load(ordering: .relaxed) }
    func fail(_ text: String) { reason.withLock { $0 = text } }
    var failure: String? { reason.withLock { $0 } }
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

    /// Most memory this process ever had resident, bytes.
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
