import Ingest
import Logging
import Testing
import Worker

@testable import guanxi

private let three = Partition(topic: "interactions", number: 3)
private let one = Partition(topic: "interactions", number: 1)

@Suite struct WhatAWorkerSays {
    /// The messages of one look after another.
    private func messages(_ looks: [(inout Metrics) -> Void]) -> [[String]] {
        var watch = WorkerWatch(reportEvery: 10)
        var metrics = Metrics()
        return looks.enumerated().map { index, change in
            change(&metrics)
            return watch.looked(at: metrics, time: Double(index * 5)).map { line in
                let fields = line.fields.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
                return "\(line.level) \(line.message)\(fields)"
            }
        }
    }

    @Test func eachChangeOnce() {
        let said = messages([
            { _ in },
            {
                $0.isStoreReachable = true
                $0.isLogReachable = true
                $0.assigned = [three, one]
            },
            { _ in },
            {
                $0.isStoreReachable = false
                $0.assigned = []
                $0.fences = 2
                $0.versionConflicts = 7
                $0.storeErrors[.abandon] = 1
            },
        ])
        #expect(said[0] == [])
        #expect(
            said[1] == [
                "info partitions assigned count=2 partitions=interactions[1] interactions[3]",
                "info PostgreSQL is reachable", "info Kafka is reachable",
            ])
        #expect(said[2] == [])
        #expect(
            said[3] == [
                "info no partitions count=0 partitions=", "error PostgreSQL is not reachable",
                "warning fenced: another worker has moved a position; dropped what was in memory and read it again "
                    + "times=2",
                "notice profiles had been written by another worker; folded again profiles=7",
                "warning PostgreSQL refused a batch answer=abandon times=1",
            ])
    }

    @Test func rejectionsByReasonAndStoppedPartitions() {
        let said = messages([
            { $0.rejections = [.notJSON: 2] },
            {
                $0.rejections = [.notJSON: 5, .empty: 1]
                $0.stopped = [three: 100]
            },
            { _ in },
        ])
        #expect(said[0] == ["warning records rejected; see `guanxi rejections list` not_json=2"])
        #expect(
            said[1] == [
                "critical partition stopped: the log no longer holds its position; an operator must decide (see docs) "
                    + "offset=100 partition=interactions[3]",
                "warning records rejected; see `guanxi rejections list` empty=1 not_json=3",
            ])
        #expect(said[2] == [])
    }

    @Test func progressWhileThereIsSome() {
        let said = messages([
            { _ in }, { $0.events = 500 },
            {
                $0.events = 2000
                $0.lag = [one: 7, three: 5]
            }, { _ in }, { _ in }, { $0.events = 2100 }, { _ in },
        ])
        #expect(
            said == [
                [], [], ["info folding cached_profiles=0 events=2000 events_per_second=200 lag=12"], [], [], [],
                ["info folding cached_profiles=0 events=2100 events_per_second=10 lag=12"],
            ])
    }
}
