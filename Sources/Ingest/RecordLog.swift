/// The seam to Kafka: a member of a consumer group that tells what happened and does what it is told.
///
/// One thread owns a log. Rebalances are reported by `poll` like everything else; between `.assigned` and
/// `assign(_:)` nothing is delivered, so the caller reads `progress` first and starts exactly there. Positions live
/// in the store: the log never decides where to start, and what it commits is a gauge for tools.
public protocol RecordLog: AnyObject {
    /// Waits at most `timeout` for something to happen.
    ///
    /// - Parameter records: emptied, then filled when the answer is `.records`: at most `maximumRecords`, at most
    ///   about `maximumBytes`, offsets rising within each partition; padded (see `Records.pad`).
    func poll(
        into records: inout Records, maximumRecords: Int, maximumBytes: Int, timeout: Duration
    ) throws(LogError) -> LogEvent

    /// Starts delivery of exactly these partitions at these offsets (or at `beginningOfLog`): the answer to
    /// `.assigned`.
    func assign(_ positions: [Partition: Int64]) throws(LogError)

    /// Gives everything up; the answer to `.revoked`.
    func unassign() throws(LogError)

    /// Whether these are all partitions there are, so that nobody else can be folding; false where it cannot be told.
    func areAll(_ partitions: [Partition]) -> Bool

    /// Tells the broker how far the store is, for lag gauges; best effort, never waited for.
    func report(_ positions: [Partition: Int64])

    /// The newest end of each partition the log has heard of: a gauge of lag, never a proof of being drained.
    func ends() -> [Partition: Int64]

    /// Leaves the group; at most `timeout`.
    func close(timeout: Duration)
}

/// Stands for the offset of the oldest record a partition still holds: where a partition begins of which nothing was
/// ever folded. (The number is Kafka's own.)
public let beginningOfLog: Int64 = -2

public enum LogEvent: Equatable, Sendable {
    /// Nothing happened.
    case idle
    case records
    /// These partitions, and no others, are ours once `assign(_:)` is called.
    case assigned([Partition])
    /// All partitions are gone (`lost`: somebody else may already own them).
    case revoked(lost: Bool)
    /// The log does not hold the offset we asked for: data has been removed before it was read, or the topic was made
    /// anew. Never reset silently; the partition stops.
    case outOfRange(Partition, offset: Int64)
    /// The broker cannot be reached or answers with a passing error; the client keeps trying by itself.
    case unreachable(String)
}

/// What cannot be mended by trying again.
public struct LogError: Error, Equatable, CustomStringConvertible, Sendable {
    public let description: String
    public init(_ description: String) { self.description = description }
}
