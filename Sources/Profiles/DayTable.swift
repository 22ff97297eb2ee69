import Interactions

/// Sums over the events of one type that have left the timeline, in one local day, month, or ever before.
public struct DayRow: Equatable, Sendable {
    /// Day since 1970-01-01, month since January 1970, or 0 in the totals.
    public var bucket: Int32
    public var type: EventType
    public var count: Int64 = 0
    public var amount: Int64 = 0
    public var quantity: Int64 = 0
    /// Milliseconds.
    public var duration: Int64 = 0
    /// Sum of ratings in hundredths, over `rated` events.
    public var ratings: Int64 = 0
    public var rated: Int64 = 0
    public var positive: Int64 = 0
    public var negative: Int64 = 0
    /// Events with rating ≥ 4: a review earns advocacy only then.
    public var praised: Int64 = 0

    public init(bucket: Int32, type: EventType) {
        self.bucket = bucket
        self.type = type
    }

    fileprivate mutating func add(_ other: DayRow) {
        count = count.saturatingAdd(other.count)
        amount = amount.saturatingAdd(other.amount)
        quantity = quantity.saturatingAdd(other.quantity)
        duration = duration.saturatingAdd(other.duration)
        ratings = ratings.saturatingAdd(other.ratings)
        rated = rated.saturatingAdd(other.rated)
        positive = positive.saturatingAdd(other.positive)
        negative = negative.saturatingAdd(other.negative)
        praised = praised.saturatingAdd(other.praised)
    }
}

/// The day table, for events that have left the timeline: per local day for 400 days counted back from the newest
/// event, before that per month for 36 months, before that totals.
///
/// Events still in the timeline are not in it: whoever asks adds the two. So a duplicate or a retraction never has to
/// be taken out of a sum, and merging two tables is adding them.
public struct DayTable: Equatable, Sendable {
    public static let days = 400
    public static let months = 36

    /// Ascending by bucket, then type; likewise the others.
    public var days: [DayRow] = []
    public var months: [DayRow] = []
    public var totals: [DayRow] = []

    public init() {}

    public var isEmpty: Bool { days.isEmpty && months.isEmpty && totals.isEmpty }

    public mutating func add(_ entry: Entry, day: Int) {
        var row = DayRow(bucket: Int32(day), type: entry.type)
        row.count = 1
        row.amount = entry.amount
        row.quantity = Int64(entry.quantity)
        row.duration = entry.duration
        if entry.flags.contains(.rating) {
            row.ratings = Int64(entry.rating)
            row.rated = 1
            row.praised = entry.rating >= 400 ? 1 : 0
        }
        row.positive = entry.isPositive ? 1 : 0
        row.negative = entry.isNegative ? 1 : 0
        Self.add(row, to: &days)
    }

    public mutating func merge(_ other: DayTable) {
        for row in other.days { Self.add(row, to: &days) }
        for row in other.months { Self.add(row, to: &months) }
        for row in other.totals { Self.add(row, to: &totals) }
    }

    /// Moves what is too old for a row of its own into coarser ones; where a day ends up depends on the newest event
    /// alone, not on when this was called.
    ///
    /// - Returns: the rows of the days that became part of a month.
    public mutating func age(newestDay: Int) -> ArraySlice<DayRow> {
        let firstDay = newestDay - Self.days + 1
        let oldDays = days.prefix { $0.bucket < firstDay }.count
        let aged = days[..<oldDays]
        if oldDays > 0 {
            for var row in aged {
                row.bucket = Int32(LocalCalendar.month(ofDay: Int(row.bucket)))
                Self.add(row, to: &months)
            }
            days.removeFirst(oldDays)
        }
        // The newest month that can hold an aged day, and the 35 before it.
        let firstMonth = LocalCalendar.month(ofDay: firstDay - 1) - Self.months + 1
        let oldMonths = months.prefix { $0.bucket < firstMonth }.count
        if oldMonths > 0 {
            for var row in months[..<oldMonths] {
                row.bucket = 0
                Self.add(row, to: &totals)
            }
            months.removeFirst(oldMonths)
        }
        return aged
    }

    private static func add(_ row: DayRow, to rows: inout [DayRow]) {
        func precedes(_ a: DayRow) -> Bool {
            a.bucket != row.bucket ? a.bucket < row.bucket : a.type.rawValue < row.type.rawValue
        }
        // Departures come oldest first, so the place is usually at the end.
        var place = rows.count
        if let last = rows.last, !precedes(last) {
            var low = 0
            var high = rows.count
            while low < high {
                let middle = (low + high) / 2
                if precedes(rows[middle]) { low = middle + 1 } else { high = middle }
            }
            place = low
        }
        if place < rows.count, rows[place].bucket == row.bucket, rows[place].type == row.type {
            rows[place].add(row)
        } else {
            rows.insert(row, at: place)
        }
    }
}
