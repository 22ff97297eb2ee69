import Scoring

/// The seam to PostgreSQL: reads profiles, and commits a changeset or nothing.
///
/// `load` may run while a `commit` is under way on another thread; calls of one kind never overlap.
public protocol ProfileStore: AnyObject, Sendable {
    /// The next offset to fold of each partition; 0 for one never seen, which is recorded so that the fence holds.
    func progress(of partitions: [Partition]) throws(StoreError) -> [Partition: Int64]

    /// What is stored of these identities, in their order.
    func load(_ identities: [[UInt8]]) throws(StoreError) -> [Stored]

    /// Writes all of `changeset` in one transaction, or nothing.
    ///
    /// People who were written since they were read are folded again by the changeset's `refold`, on what is stored
    /// now, inside the transaction.
    ///
    /// A commit whose outcome is unknown (the connection broke at COMMIT) throws with disposition `.abandon`: the
    /// answer is in `progress`, which the caller reads anew.
    func commit(_ changeset: Changeset) throws(StoreError) -> CommitOutcome

    /// Claims at most `limit` profiles whose `review_at` has come, oldest first, skipping those another worker has
    /// claimed; the following `commit` writes them and ends the claim. With none due, nothing is held.
    func claimDue(limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64)

    /// Claims the next people, at most `limit`, who were not evaluated with `versions` yet, skipping those another
    /// worker has claimed; the following `commit` writes them and ends the claim. With nobody left, nothing is held,
    /// and segments that were prepared for everybody take their places. Nobody may also mean nobody among those this
    /// look went past: the next goes on from there.
    func claimStale(_ versions: Versions, limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64)

    /// What is in force now; nil when that is `edition`.
    func definitions(otherThan edition: Edition) throws(StoreError) -> Definitions?

    /// Gives the claim up without writing.
    func releaseClaim()

    /// The store's clock, Unix milliseconds.
    func now() throws(StoreError) -> Int64
}

public enum Stored: Sendable {
    case absent
    case profile(StoredProfile)
    /// No profile, but a tombstone: events up to this instant (Unix ms) are ignored for ever.
    ///
    /// - version: the erasure is a write like any other, and a profile that comes after it goes on from there.
    case erased(until: Int64, version: Int64)

    /// What a write is guarded by: how often there was one, erasures included; 0 where there never was.
    public var version: Int64 {
        switch self {
        case .absent: 0
        case .profile(let profile): profile.version
        case .erased(_, let version): version
        }
    }

    public var isProfile: Bool { if case .profile = self { true } else { false } }
}

/// A profile as it was read: what a fold needs of it, and the version the write is guarded by.
public struct StoredProfile: Sendable {
    public var customer: [UInt8]
    public var version: Int64
    public var state: [UInt8]
    public var standing: Standing

    public init(customer: [UInt8], version: Int64, state: [UInt8], standing: Standing) {
        self.customer = customer
        self.version = version
        self.state = state
        self.standing = standing
    }
}

/// What was last written of a profile's dimensions: transitions are differences to it.
public struct Standing: Equatable, Sendable {
    public var level: Level
    public var connection: Connection
    public var lifecycle: Lifecycle
    public var tier: Tier
    /// The last `effective_at` of each dimension, Unix ms: the next transition is never earlier.
    public var levelSince: Int64
    public var connectionSince: Int64
    public var lifecycleSince: Int64
    public var tierSince: Int64
    /// Revisions of segments the person is in, ascending; some may not be live any more.
    public var segments: [Int32]
    public var evaluatedAt: Int64
    public var reviewAt: Int64
    /// What it was evaluated with.
    public var versions: Versions

    public init(
        level: Level, connection: Connection, lifecycle: Lifecycle, tier: Tier, levelSince: Int64,
        connectionSince: Int64, lifecycleSince: Int64, tierSince: Int64, segments: [Int32] = [], evaluatedAt: Int64,
        reviewAt: Int64, versions: Versions
    ) {
        self.level = level
        self.connection = connection
        self.lifecycle = lifecycle
        self.tier = tier
        self.levelSince = levelSince
        self.connectionSince = connectionSince
        self.lifecycleSince = lifecycleSince
        self.tierSince = tierSince
        self.segments = segments
        self.evaluatedAt = evaluatedAt
        self.reviewAt = reviewAt
        self.versions = versions
    }
}

public enum CommitOutcome: Equatable, Sendable {
    /// Everything is written; the store's clock at the commit, Unix ms, and who was folded again for it.
    case committed(now: Int64, refolded: Set<[UInt8]> = [])
    /// Fence 1: these partitions stand elsewhere than the batch began; nothing is written.
    case fenced([Partition])
    /// Fence 2: these profiles have another version than they were read at, and could not be folded again; nothing is
    /// written.
    case conflicted([[UInt8]])
    /// The changeset was made by another edition of the definitions than is in force now; nothing is written.
    case outdated
}

/// What to do about an error.
public enum Disposition: Equatable, Sendable {
    /// The same call may succeed: serialization failure, deadlock, lock or statement time-out.
    case retry
    /// Hold and try later with growing pauses: out of disk, memory or connections.
    case hold
    /// The connection or the server is gone or read-only: drop what is in memory, reconnect, read progress anew.
    case abandon
    /// The data of a record is the cause: bisect and reject it.
    case reject
    /// Nothing will mend it: stop with the message.
    case stop
}

public struct StoreError: Error, Equatable, CustomStringConvertible, Sendable {
    public let disposition: Disposition
    /// Five characters of SQLSTATE, or empty when the server did not answer.
    public let sqlState: String
    /// For an operator: names the statement; no personal data.
    public let description: String

    public init(_ disposition: Disposition, sqlState: String = "", _ description: String) {
        self.disposition = disposition
        self.sqlState = sqlState
        self.description = description
    }
}
