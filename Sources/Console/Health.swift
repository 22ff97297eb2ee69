import Worker

/// The answer to a health question, with its reason.
package struct Health: Equatable, Sendable {
    package let isGood: Bool
    /// One line for people.
    package let reason: String

    package init(isGood: Bool, reason: String) {
        self.isGood = isGood
        self.reason = reason
    }

    /// Whether the worker does its part: member of the group, PostgreSQL and Kafka within reach, not leaving.
    ///
    /// A worker without partitions is ready too: there may be more workers than partitions.
    package static func readiness(_ metrics: Metrics) -> Health {
        if metrics.isDraining { return Health(isGood: false, reason: "draining") }
        if !metrics.isStoreReachable { return Health(isGood: false, reason: "PostgreSQL is not reachable") }
        if !metrics.isLogReachable { return Health(isGood: false, reason: "Kafka is not reachable") }
        if !metrics.hasJoined { return Health(isGood: false, reason: "has not joined the consumer group yet") }
        return Health(isGood: true, reason: "ready, \(metrics.assigned.count) partitions")
    }
}

/// Whether the worker's loop still turns, as seen by whoever asks from time to time.
///
/// It cannot be told from one look: a loop is stuck when its count of turns has not grown for `limit`.
package struct Liveness: Sendable {
    private let limit: Duration
    private var turns: UInt64 = 0
    private var changedAt: ContinuousClock.Instant

    package init(limit: Duration, now: ContinuousClock.Instant) {
        self.limit = limit
        changedAt = now
    }

    package mutating func asked(_ metrics: Metrics, now: ContinuousClock.Instant) -> Health {
        if metrics.turns != turns {
            turns = metrics.turns
            changedAt = now
        }
        let still = now - changedAt
        guard still > limit else { return Health(isGood: true, reason: "alive") }
        return Health(isGood: false, reason: "the loop has not turned for \(still.components.seconds) s")
    }
}
