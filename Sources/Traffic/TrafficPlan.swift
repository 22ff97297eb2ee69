/// A stream of records, decided by its seed alone.
///
/// The key of a record is its customer, and customers do not change their key: with any partitioner that goes by the
/// key (ours is murmur2, as in Kafka's own clients) a customer's events are in one partition, in order.
package struct TrafficPlan: Sendable {
    package var seed: UInt64 = 1
    /// Records in all, duplicates and bad ones included.
    package var events = 2_000_000
    package var customers = 200_000
    /// Exponent of the customers' Zipf distribution: 0 is uniform, 1.05 a promotion day.
    package var skew = 1.05
    /// Share of the events that one customer has, 0…1, whatever the distribution of the others.
    package var hot = 0.0
    package var items = 5000
    /// The same of the items: raise it for a few hot ones.
    package var itemSkew = 1.0
    /// Unix ms of the first event, and how many ms the stream spans.
    package var start: Int64
    package var span: Int64 = 3_600_000
    /// Part of the events' ids and of what they draw: two waves over the same customers are different events.
    package var wave = 1
    /// Shares of all records, 0…1: events that happened up to an hour before they are sent, records that were sent
    /// before, and records that cannot be folded (see `BadRecord`).
    package var late = 0.0
    package var duplicates = 0.0
    package var bad = 0.0

    package init(start: Int64) { self.start = start }

    /// The workload that figures are measured on: 2,000,000 events of about 127 bytes, 200,000 customers, Zipf 1.05,
    /// meant for 8 partitions.
    package static func canonical(start: Int64) -> TrafficPlan { TrafficPlan(start: start) }
    package static let canonicalPartitions = 8
}
