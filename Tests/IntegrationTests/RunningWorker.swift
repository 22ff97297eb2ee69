import Foundation
import Ingest
import Kafka
import Synchronization
import Testing
import Worker

/// The production loop over the real log and the real store, on a thread of its own.
final class RunningWorker: Sendable {
    let meter = Meter()
    private let isAsked = Atomic(false)
    private let end = Mutex<WorkerStop?>(nil)

    init(_ deployment: Deployment, _ name: String = "w", _ change: (inout WorkerSettings) -> Void = { _ in }) throws {
        var settings = WorkerSettings()
        settings.lanes = 2
        settings.reviewInterval = 100
        change(&settings)
        let store = try deployment.store(name)
        var consumer = ConsumerSettings(topics: [deployment.name], group: deployment.name)
        consumer.sessionTimeout = .seconds(6)
        consumer.heartbeat = .milliseconds(500)
        let thread = Thread { [self, consumer, settings] in
            let result = turn(consumer, settings, store)
            end.withLock { $0 = result }
        }
        thread.stackSize = 8 << 20
        thread.start()
    }

    private func turn(
        _ consumer: ConsumerSettings, _ settings: WorkerSettings, _ store: any ProfileStore
    ) -> WorkerStop {
        do {
            let log = try KafkaLog(KafkaSettings(brokers: Services.kafka), consumer)
            defer { log.close(timeout: .seconds(5)) }
            let began = ContinuousClock.now
            let loop = WorkerLoop(
                log: log, store: store, meter: meter, settings: settings,
                clock: { Int64((ContinuousClock.now - began) / .milliseconds(1)) })
            while true {
                if isAsked.load(ordering: .relaxed) { loop.drain() }
                try loop.step()
            }
        } catch let stop as WorkerStop {
            return stop
        } catch {
            return .failed("\(error)")
        }
    }

    /// Waits until the worker owns partitions.
    func joined(_ location: SourceLocation = #_sourceLocation) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while meter.snapshot().assigned.isEmpty {
            try #require(.now < deadline, "has partitions", sourceLocation: location)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Lets it commit what it has begun, and leave the group.
    func drain(_ location: SourceLocation = #_sourceLocation) async throws {
        isAsked.store(true, ordering: .relaxed)
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            if let stop = end.withLock({ $0 }) {
                #expect(stop == .drained, sourceLocation: location)
                return
            }
            try #require(.now < deadline, "drained", sourceLocation: location)
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}
