import Ingest
import Interactions
import Synchronization

/// What a worker counts about itself: a plain value, changed once a batch, never once an event.
///
/// Counters only grow while the process lives; gauges say how it stands now. Times are in seconds.
package struct Metrics: Sendable {
    package typealias Trigger = BatchTrigger

    // Records and what became of them; counted when the batch is committed, so a batch done over counts once.
    package var events: UInt64 = 0
    package var duplicates: UInt64 = 0
    package var rejections: [Rejection.Code: UInt64] = [:]
    /// Records whose Kafka key is not their customer: they are folded all the same, but may be shared unevenly.
    package var keyDifferences: UInt64 = 0
    package var transitions: UInt64 = 0
    /// Times somebody came into a segment or left one.
    package var memberships: UInt64 = 0
    package var profilesWritten: UInt64 = 0

    // Batches.
    package var batches: [Trigger: UInt64] = [:]
    /// Records in a batch.
    package var batchSize = Histogram(bounds: Histogram.sizes)
    package var decodeTime = Histogram(bounds: Histogram.times)
    package var loadTime = Histogram(bounds: Histogram.times)
    package var foldTime = Histogram(bounds: Histogram.times)
    package var commitTime = Histogram(bounds: Histogram.times)
    /// From the broker's timestamp of a record to its row being committed.
    package var eventToRow = Histogram(bounds: Histogram.ages)

    // What the guarantee cost.
    /// Batches dropped because a partition stood elsewhere than they began.
    package var fences: UInt64 = 0
    /// Profiles folded again because somebody else had written them.
    package var versionConflicts: UInt64 = 0
    /// Calls of the store that failed, by what was done about it.
    package var storeErrors: [Disposition: UInt64] = [:]
    package var rebalances: UInt64 = 0

    // The cache of profiles.
    package var cacheHits: UInt64 = 0
    package var cacheMisses: UInt64 = 0
    package var cacheBytes: Int = 0
    package var cacheProfiles: Int = 0

    // Reviews by time.
    /// Profiles claimed as due.
    package var reviewsDue: UInt64 = 0
    package var reviewsDone: UInt64 = 0
    /// How late the oldest review of the last claim was, seconds.
    package var reviewLag: Double = 0

    // How it stands.
    /// Records between the position in the store and the newest end heard of, of the partitions that are ours.
    package var lag: [Partition: Int64] = [:]
    /// The log has given us partitions, or none because others have them all: we are a member of the group.
    package var hasJoined = false
    package var assigned: [Partition] = []
    /// Partitions that stopped because the log no longer holds their position: an operator must decide.
    package var stopped: [Partition: Int64] = [:]
    package var isLogReachable = false
    package var isStoreReachable = false
    /// Told to stop and finishing what it began.
    package var isDraining = false
    /// What people are evaluated with.
    package var versions = Versions()
    /// Turns of the loop: while it grows the worker is alive.
    package var turns: UInt64 = 0
    /// PostgreSQL round trips, as the store counts them.
    package var roundTrips: UInt64 = 0

    package init() {}
}

/// How often values fell into fixed ranges.
package struct Histogram: Equatable, Sendable {
    /// Upper bounds, rising; what is above the last is counted in one bucket more.
    package let bounds: [Double]
    /// One more than `bounds`; each value is in one bucket (Prometheus' running sums are made when they are printed).
    package private(set) var counts: [UInt64]
    package private(set) var sum: Double = 0

    /// From half a millisecond to a minute: time of a step of a batch.
    package static let times: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]
    /// From ten milliseconds to ten minutes, closer together around what is promised: how old an event is in its row.
    package static let ages: [Double] = [
        0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10, 20, 30, 60, 120, 300, 600,
    ]
    /// From one to a hundred thousand records.
    package static let sizes: [Double] = [1, 10, 50, 100, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000]

    package init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package var count: UInt64 { counts.reduce(0, &+) }

    /// Counts `times` values that are all `value`; a bound belongs to the bucket below it.
    package mutating func observe(_ value: Double, times: Int = 1) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        counts[bucket] &+= UInt64(times)
        sum += value * Double(times)
    }

    package mutating func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

    /// Adds what another histogram of the same bounds has counted: lanes count apart and are joined once a batch.
    package mutating func merge(_ other: Histogram) {
        precondition(bounds == other.bounds, "only histograms of equal bounds can be joined")
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum += other.sum
    }

    /// What was counted since `earlier`, an earlier state of the same histogram.
    package func since(_ earlier: Histogram) -> Histogram {
        precondition(bounds == earlier.bounds, "only histograms of equal bounds can be compared")
        var later = self
        for index in counts.indices { later.counts[index] &-= earlier.counts[index] }
        later.sum -= earlier.sum
        return later
    }

    /// The value below which `quantile` (0…1) of all values lie, taken as evenly spread inside their bucket; nil when
    /// nothing was counted. Values above the last bound count as that bound.
    package func quantile(_ quantile: Double) -> Double? {
        let total = count
        guard total > 0 else { return nil }
        let rank = quantile * Double(total)
        var below = 0.0
        for (index, inside) in counts.enumerated() where inside > 0 {
            if below + Double(inside) >= rank {
                guard index < bounds.count else { return bounds.last }
                let lower = index == 0 ? 0 : bounds[index - 1]
                return lower + (bounds[index] - lower) * max(0, rank - below) / Double(inside)
            }
            below += Double(inside)
        }
        return bounds.last
    }
}

/// Where a worker's metrics are kept: the loop changes them, the console reads them, from any thread.
package final class Meter: Sendable {
    private let metrics = Mutex(Metrics())

    package init() {}

    package func update(_ change: (inout Metrics) -> Void) { metrics.withLock { change(&$0) } }
    package func snapshot() -> Metrics { metrics.withLock { $0 } }
}
