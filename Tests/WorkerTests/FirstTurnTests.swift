import Ingest
import TestSupport
import Testing

@testable import Simulation
@testable import Worker

/// Who is served first after an assignment: events, however many people are due for a review.
@Suite struct FirstTurnTests {
    private enum Served: Equatable { case events, review }

    /// A log that waits for what there is, as a poll of Kafka does.
    private final class PatientLog: RecordLog {
        private let log: SimulatedLog

        init(_ log: SimulatedLog) { self.log = log }

        func poll(
            into records: inout Records, maximumRecords: Int, maximumBytes: Int, timeout: Duration
        ) throws(LogError) -> LogEvent {
            for _ in 0..<50 {
                let event = try log.poll(
                    into: &records, maximumRecords: maximumRecords, maximumBytes: maximumBytes, timeout: timeout)
                if event != .idle { return event }
            }
            return .idle
        }
        func assign(_ positions: [Partition: Int64]) throws(LogError) { try log.assign(positions) }
        func unassign() throws(LogError) { try log.unassign() }
        func areAll(_ partitions: [Partition]) -> Bool { true }
        func report(_ positions: [Partition: Int64]) {}
        func ends() -> [Partition: Int64] { [:] }
        func close(timeout: Duration) { log.close(timeout: timeout) }
    }

    /// What the store is given, in order.
    private final class Worker {
        private(set) var served: [Served] = []
        let committer: SteppedErrand<Changeset, CommitOutcome>
        let loop: WorkerLoop

        init(_ topic: SimulatedTopic, _ database: SimulatedDatabase, number: Int) {
            let store = SimulatedStore(database, number: number)
            committer = SteppedErrand { (changeset) throws(StoreError) in try store.commit(changeset) }
            let reader = SteppedErrand<[[UInt8]], [Stored]> { (customers) throws(StoreError) in
                try store.load(customers)
            }
            var settings = WorkerSettings()
            settings.lanes = 1
            settings.reviewLimit = 5
            settings.policy.records = 40
            loop = WorkerLoop(
                log: PatientLog(SimulatedLog(topic, member: number, seed: 1)), store: store,
                committer: committer, reader: reader, settings: settings,
                clock: { database.tables.withLock { $0.now } })
        }

        func turn() throws {
            try loop.step(timeout: .zero)
            if let batch = loop.committing { served.append(batch.reviewed > 0 ? .review : .events) }
            committer.execute()
        }
    }

    private func write(_ customers: Range<Int>, to topic: SimulatedTopic) {
        for number in customers {
            var event = Event("e\(number)", .memberJoin, at: RandomHistory.origin)
            event.customer = "crm:\(number)"
            topic.append(event.record, key: Array(event.customer.utf8), to: 0, gap: 0)
        }
    }

    @Test func eventsHaveTheFirstTurnAndThenTheyTakeTurns() throws {
        let topic = SimulatedTopic(partitions: 1)
        let database = SimulatedDatabase(now: RandomHistory.origin)
        func advance(_ milliseconds: Int64) { database.tables.withLock { $0.now += milliseconds } }
        func position() -> Int64 {
            database.tables.withLock { $0.progress[Partition(topic: topic.name, number: 0)] ?? 0 }
        }
        write(0..<40, to: topic)
        let first = Worker(topic, database, number: 1)
        for _ in 0..<2000 where position() < topic.end(0) {
            advance(10)
            try first.turn()
        }
        #expect(position() == 40)
        first.loop.log.close(timeout: .zero)

        // Everybody is due when another worker comes, and has events too.
        advance(400 * 86_400_000)
        write(40..<400, to: topic)
        let second = Worker(topic, database, number: 2)
        for _ in 0..<2000 where second.served.count < 6 {
            advance(10)
            try second.turn()
        }
        #expect(position() < 400, "events wait all the time")
        #expect(second.served.first == .events)
        #expect(second.served.contains(.review))
        let twice = zip(second.served, second.served.dropFirst()).filter { $0 == (.review, .review) }
        #expect(twice.isEmpty, "\(second.served)")
    }
}
