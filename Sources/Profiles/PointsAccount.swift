import Interactions

/// What is remembered of a person's points once events have left the timeline, or days the day table.
///
/// The profile keeps what happened; what it was worth is the business of whoever knows the rules. So days are kept as
/// counts, and what was taken from a day for good is the one number here that rules have made.
public struct PointsAccount: Equatable, Sendable {
    /// A day of an event type.
    public struct Day: Equatable, Sendable {
        /// Local day since 1970-01-01.
        public var day: Int32
        public var type: EventType
        /// Events that left the timeline, of days that have left the day table; of `points_adjust` the points granted.
        public var count: Int64 = 0
        /// Points that settled withdrawals took from what the day earned by the type.
        public var spent: Int64 = 0

        public init(day: Int32, type: EventType, count: Int64 = 0, spent: Int64 = 0) {
            self.day = day
            self.type = type
            self.count = count
            self.spent = spent
        }
    }

    /// A redemption or an adjustment that has left the timeline and is not settled yet.
    public struct Move: Equatable, Sendable {
        public var type: EventType
        public var moment: Moment
        /// Points; negative where an adjustment takes.
        public var quantity: Int64

        /// What an entry of the timeline amounts to.
        public init(_ entry: Entry) {
            type = entry.type
            moment = Moment(time: entry.time, hash: entry.hash)
            quantity = Int64(entry.quantity)
        }

        init(type: EventType, moment: Moment, quantity: Int64) {
            self.type = type
            self.moment = moment
            self.quantity = quantity
        }
    }

    /// Ascending by day and type.
    public private(set) var days: [Day] = []
    /// In timeline order.
    public private(set) var moves: [Move] = []

    public init() {}

    public var isEmpty: Bool { days.isEmpty && moves.isEmpty }

    public mutating func add(_ day: Day) {
        let place = days.partitioningIndex {
            $0.day != day.day ? $0.day > day.day : $0.type.rawValue >= day.type.rawValue
        }
        if place < days.count, days[place].day == day.day, days[place].type == day.type {
            days[place].count = days[place].count.saturatingAdd(day.count)
            days[place].spent = days[place].spent.saturatingAdd(day.spent)
        } else {
            days.insert(day, at: place)
        }
    }

    public mutating func add(_ move: Move) {
        moves.insert(move, at: moves.partitioningIndex { move.moment < $0.moment })
    }

    /// Takes out the moves before an instant (Unix ms), in timeline order.
    public mutating func takeMoves(before end: Int64) -> [Move] {
        let count = moves.partitioningIndex { $0.moment.time >= end }
        defer { moves.removeFirst(count) }
        return Array(moves[..<count])
    }

    public mutating func forgetDays(before first: Int) { days.removeAll { $0.day < first } }

    public mutating func merge(_ other: PointsAccount) {
        for day in other.days { add(day) }
        for move in other.moves { add(move) }
    }

    func isWithin(_ limits: Limits) -> Bool { days.count <= limits.pointsDays && moves.count <= limits.pointsMoves }

    /// Cuts both lists to their limits: the oldest days go, and the oldest moves are added up.
    ///
    /// - Returns: how many entries that cost.
    public mutating func limit(_ limits: Limits) -> Int {
        let before = days.count + moves.count
        if days.count > limits.pointsDays { days.removeFirst(days.count - limits.pointsDays) }
        // A withdrawal that is forgotten would give its points back; added to the next of its kind it is granted or
        // refused with it.
        while moves.count > limits.pointsMoves {
            let oldest = moves.removeFirst()
            let next = moves.firstIndex { $0.type == oldest.type && $0.quantity.signum() == oldest.quantity.signum() }
            if let next { moves[next].quantity = moves[next].quantity.saturatingAdd(oldest.quantity) }
        }
        return before - days.count - moves.count
    }
}

extension PointsAccount {
    /// Appends the stored form: differences of days and times, oldest first.
    func encode(into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(days.count))
        var previous: Int32 = 0
        for day in days {
            bytes.append(varint: UInt64(bitPattern: Int64(day.day &- previous)))
            previous = day.day
            bytes.append(day.type.rawValue)
            bytes.append(signed: day.count)
            bytes.append(signed: day.spent)
        }
        bytes.append(varint: UInt64(moves.count))
        for move in moves {
            bytes.append(move.type.rawValue)
            bytes.append(moment: move.moment)
            bytes.append(signed: move.quantity)
        }
    }

    init(_ reader: inout ByteReader) throws(EncodingError) {
        var previous: Int32 = 0
        for _ in 0..<(try reader.count()) {
            previous = previous &+ Int32(truncatingIfNeeded: Int64(bitPattern: try reader.varint()))
            days.append(
                Day(day: previous, type: try reader.type(), count: try reader.signed(), spent: try reader.signed()))
        }
        for _ in 0..<(try reader.count()) {
            let type = try reader.type()
            moves.append(Move(type: type, moment: try reader.moment(), quantity: try reader.signed()))
        }
    }
}
