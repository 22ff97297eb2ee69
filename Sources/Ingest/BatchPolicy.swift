/// Why a batch was closed.
public enum BatchTrigger: String, CaseIterable, Sendable { case full, bytes, linger, drain }

/// When a batch is ready: decided in values, so that it can be tested with a table.
///
/// One rewrite of a profile's row costs far more than one more event folded into it, so a batch is worth letting grow
/// for as long as the store is busy with the one before. It is closed early enough that its fold ends when that commit
/// does, and at once when the store is idle and the first record has waited for `linger`. Where events are long
/// `behind` when they come, only throughput mends it: the batch grows to its full size, and so rewrites each row least,
/// for as long as the log has more.
public struct BatchPolicy: Sendable {
    public var records: Int
    public var bytes: Int
    /// Milliseconds a record may wait for company while the store is idle.
    public var linger: Int64
    /// Milliseconds the oldest record of a batch may be old when the batch is closed, whatever the store does.
    public var freshness: Int64
    /// How old events are when they come where a worker is behind, milliseconds; `freshness` where that is less.
    public var behind: Int64 = 2000
    /// Milliseconds a record may wait for company while the store is idle and events are behind: an idle store is time
    /// lost too, and a log may only look old, as its producers may set the timestamps.
    public var patience: Int64 = 1500

    public init(records: Int = 1_000_000, bytes: Int = 256 << 20, linger: Int64 = 20, freshness: Int64 = 5000) {
        self.records = records
        self.bytes = bytes
        self.linger = linger
        self.freshness = freshness
    }

    /// What is gathered, and what the store is doing meanwhile; times in milliseconds.
    public struct Situation: Sendable {
        public var records = 0
        public var bytes = 0
        /// Since the first record was gathered.
        public var age: Int64 = 0
        public var isDraining = false
        /// The record that came last was this old when it came.
        public var lag: Int64 = 0
        /// For how long the log has had nothing: after `linger` no company is at hand, however old what came was.
        public var quiet: Int64 = 0
        /// How long the commit under way will still take; nil when none is.
        public var commitLeft: Int64?
        /// How long folding what is gathered will take.
        public var foldTime: Int64 = 0

        public init() {}
    }

    public func trigger(_ now: Situation) -> BatchTrigger? {
        if now.records == 0 { return nil }
        if now.records >= records { return .full }
        if now.bytes >= bytes { return .bytes }
        if now.isDraining { return .drain }
        if now.age >= freshness { return .linger }
        let isBehind = now.lag > min(behind, freshness) && now.quiet <= linger
        guard let commitLeft = now.commitLeft else {
            return now.age >= (isBehind ? patience : linger) ? .linger : nil
        }
        if isBehind { return nil }
        return now.age >= linger && now.foldTime >= commitLeft ? .linger : nil
    }
}

/// How long a step takes per unit of work, learnt from the last ones.
public struct Pace: Sendable {
    private var millisecondsPerUnit: Double

    public init(_ guess: Double) { millisecondsPerUnit = guess }

    public mutating func took(_ milliseconds: Int64, units: Int) {
        guard units > 0 else { return }
        millisecondsPerUnit += 0.3 * (Double(milliseconds) / Double(units) - millisecondsPerUnit)
    }

    public func estimate(units: Int) -> Int64 { Int64(millisecondsPerUnit * Double(units)) }
}
