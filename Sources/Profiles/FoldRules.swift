import Interactions

/// What the fold must agree on across the cluster: how much is kept, and where days begin.
///
/// Stored by `migrate`; a worker with other rules refuses to start, because two folds by different rules do not merge.
public struct FoldRules: Sendable {
    /// How many events of a type the timeline keeps, by raw value of the type.
    public var keep: [Int]
    public var limits: Limits
    public var calendar: LocalCalendar
    public var hashKey: HashKey

    public init(
        calendar: LocalCalendar = .utc, hashKey: HashKey = .standard, limits: Limits = Limits(), keep: Int = 32,
        keepLong: Int = 128
    ) {
        self.calendar = calendar
        self.hashKey = hashKey
        self.limits = limits
        self.keep = [Int](repeating: keep, count: EventType.tableSize)
        for type in [EventType.ask, .messageSent, .pointsRedeem, .pointsAdjust] {
            self.keep[Int(type.rawValue)] = keepLong
        }
    }

    public func keep(_ type: EventType) -> Int { keep[Int(type.rawValue)] }
}

/// The most entries of each list of a profile. A list over its limit keeps what is newest in timeline order, and
/// counts what it dropped; a profile that has dropped something is outside the laws of order and merging.
public struct Limits: Equatable, Sendable {
    /// Follow, consent and membership registers of departed events, one a channel and kind.
    public var channels = 64
    public var tags = 128
    public var attributes = 64
    public var identities = 64
    public var links = 64
    /// Retractions whose target has not arrived.
    public var retractions = 64
    /// Orders whose refunds or purchases have left the timeline.
    public var orders = 64
    /// Departed purchase days kept exactly; older ones are summed.
    public var purchaseDays = 1024
    /// Days by type, older than the day table, of which points are still alive; and redemptions and adjustments that
    /// have left the timeline.
    public var pointsDays = 4096
    public var pointsMoves = 2048

    public init() {}
}

/// Sums that saturate: the contract of overflow is "saturates, is counted, outside the laws", never a trap.
extension Int64 {
    @inline(__always) public func saturatingAdd(_ b: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(b)
        return overflow ? (b > 0 ? .max : .min) : sum
    }
}
