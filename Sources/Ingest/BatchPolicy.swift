/// Why a batch was closed.
package enum BatchTrigger: String, CaseIterable, Sendable { case full, bytes, linger, drain }

/// When a batch is ready: decided in values, so that it can be tested with a table.
///
/// One rewrite of a profile's row costs far more than one more event folded into it, so a batch is worth letting grow
/// for as long as the store is busy with the one before. It is closed early enough that its fold ends when that commit
/// does, and at once when the store is idle and the first record has waited for `linger`.
package struct BatchPolicy: Sendable {
    package var records: Int
    package var bytes: Int
    /// Milliseconds a record may wait for company while the store is idle.
    package var linger: Int64
    /// Milliseconds the oldest record of a batch may be old when the batch is closed, whatever the store does.
    package var freshness: Int64

    package init(records: Int = 500_000, bytes: Int = 128 << 20, linger: Int64 = 20, freshness: Int64 = 5000) {
        self.records = records
        self.bytes = bytes
        self.linger = linger
        self.freshness = freshness
    }

    /// What is gathered, and what the store is doing meanwhile; times in milliseconds.
    package struct Situation: Sendable {
        package var records = 0
        package var bytes = 0
        /// Since the first record was gathered.
        package var age: Int64 = 0
        package var isDraining = false
        /// How long the commit under way will still take; nil when none is.
        package var commitLeft: Int64?
        /// How long folding what is gathered will take.
        package var foldTime: Int64 = 0

        package init() {}
    }

    package func trigger(_ now: Situation) -> BatchTrigger? {
        if now.records == 0 { return nil }
        if now.records >= records { return .full }
        if now.bytes >= bytes { return .bytes }
        if now.isDraining { return .drain }
        if now.age >= freshness { return .linger }
        guard let commitLeft = now.commitLeft else { return now.age >= linger ? .linger : nil }
        return now.age >= linger && now.foldTime >= commitLeft ? .linger : nil
    }
}

/// How long a step takes per unit of work, learnt from the last ones.
package struct Pace: Sendable {
    private var millisecondsPerUnit: Double

    package init(_ guess: Double) { millisecondsPerUnit = guess }

    package mutating func took(_ milliseconds: Int64, units: Int) {
        guard units > 0 else { return }
        millisecondsPerUnit += 0.3 * (Double(milliseconds) / Double(units) - millisecondsPerUnit)
    }

    package func estimate(units: Int) -> Int64 { Int64(millisecondsPerUnit * Double(units)) }
}
