import Ingest
import Interactions
import Profiles
import Scoring

/// What a worker's loop is set up with.
package struct WorkerSettings: Sendable {
    package var rules = FoldRules()
    /// What is in force when the loop starts.
    package var definitions = Definitions()
    package var policy = BatchPolicy()
    /// Parallel strands; 0 means one a core.
    package var lanes = 0
    package var cacheBytes = 256 << 20
    /// Most records of one poll.
    package var pollRecords = 20_000
    package var pollBytes = 8 << 20
    /// Longest value of a record, bytes.
    package var maximumRecordBytes = 65_536
    /// How far in the future an event may lie, ms.
    package var futureTolerance: Int64 = 600_000
    /// Milliseconds between two looks for profiles that are due.
    package var reviewInterval: Int64 = 1000
    /// Most profiles of one review.
    package var reviewLimit = 5000
    /// Seconds without the store after which the worker gives its partitions up and stops.
    package var giveUpAfter: Int64 = 60
    /// From so many people on, the rows of a batch are written while the rest of it is folded, if the store is idle.
    package var streamedPeople = 2000

    package init() {}
}

/// Why the loop ended for good.
package enum WorkerStop: Error, Equatable, Sendable {
    /// It was asked to, and everything gathered is committed.
    case drained
    /// Nothing here will mend it; the message is for an operator.
    case failed(String)
    /// The store could not be reached for so long that others should have the partitions.
    case unreachable(String)
}
