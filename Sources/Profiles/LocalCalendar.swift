/// Calendar dates of the deployment's time zone: which local day an instant is on, and when a day starts.
///
/// A day is the number of days since 1970-01-01 of its local date. The zone is a value (offset changes at instants),
/// so the core needs no time zone database; the binary fills it from the system's.
public struct LocalCalendar: Equatable, Sendable {
    /// From `instant` (Unix ms) on, local time is UTC plus `offset` ms.
    public struct Change: Equatable, Sendable {
        public var instant: Int64
        public var offset: Int64

        public init(instant: Int64, offset: Int64) {
            self.instant = instant
            self.offset = offset
        }
    }

    public static let utc = LocalCalendar(offset: 0, changes: [])

    /// Before the first change.
    private let firstOffset: Int64
    private let changes: [Change]

    /// - Parameter changes: ascending by instant.
    public init(offset: Int64, changes: [Change]) {
        firstOffset = offset
        self.changes = changes
    }

    public static let dayLength: Int64 = 86_400_000

    private func offset(at instant: Int64) -> Int64 {
        guard !changes.isEmpty else { return firstOffset }
        var low = 0
        var high = changes.count
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].instant <= instant { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : changes[low - 1].offset
    }

    /// The local date of `instant`, in days since 1970-01-01.
    public func day(_ instant: Int64) -> Int {
        Self.floorDivide(instant + offset(at: instant), Self.dayLength)
    }

    /// The local hour of `instant`, 0…23.
    public func hour(_ instant: Int64) -> Int {
        let local = instant + offset(at: instant)
        return Int((local - Int64(Self.floorDivide(local, Self.dayLength)) * Self.dayLength) / 3_600_000)
    }

    /// The first instant whose local date is `day` or, where the zone skips that date, later.
    public func start(of day: Int) -> Int64 {
        let midnight = Int64(day) * Self.dayLength
        // Whatever offset holds at the start of the day, it is the first one, or one that a change near it brought.
        var first = Int64.max
        func consider(_ instant: Int64) {
            if instant < first, self.day(instant) >= day { first = instant }
        }
        consider(midnight - firstOffset)
        if !changes.isEmpty {
            var index = max(0, position(after: midnight - 2 * Self.dayLength) - 1)
            while index < changes.count, changes[index].instant <= midnight + 2 * Self.dayLength {
                consider(midnight - changes[index].offset)
                consider(changes[index].instant)
                index += 1
            }
        }
        return first
    }

    private func position(after instant: Int64) -> Int {
        changes.firstIndex { $0.instant > instant } ?? changes.count
    }

    /// Months since January 1970 of a local date.
    public static func month(ofDay day: Int) -> Int {
        // Days to civil date, after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
        let shifted = day + 719_468
        let era = floorDivide(Int64(shifted), 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153  // 0 = March
        let year = yearOfEra + era * 400 + (shiftedMonth >= 10 ? 1 : 0)
        return (year - 1970) * 12 + (shiftedMonth + 2) % 12
    }

    /// The local date of the first day of a month, counted as `month(ofDay:)` does.
    public static func firstDay(ofMonth month: Int) -> Int {
        let year = 1970 + floorDivide(Int64(month), 12)
        let inYear = month - (year - 1970) * 12  // 0 = January
        let shiftedYear = inYear < 2 ? year - 1 : year
        let era = floorDivide(Int64(shiftedYear), 400)
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * ((inYear + 10) % 12) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int {
        let quotient = a / b
        return Int(a % b < 0 ? quotient - 1 : quotient)
    }
}
