import Interactions
import Profiles
import RealModule

/// Where a profile is looked at from: the instant, and the numbers and calendar it is judged by.
struct Viewpoint {
    /// Unix ms.
    let t: Int64
    /// The local date of `t`.
    let today: Int
    let judge: Judge

    init(_ t: Int64, _ judge: Judge) {
        self.t = t
        today = judge.calendar.day(t)
        self.judge = judge
    }

    @inline(__always) var model: ScoringModel { judge.model }
    @inline(__always) var calendar: LocalCalendar { judge.calendar }

    /// Milliseconds since `time`; an event that lies ahead has age 0.
    func age(_ time: Int64) -> Int64 { max(0, t - time) }

    func isWithin(_ days: Int, _ time: Int64) -> Bool { age(time) < Int64(days) * LocalCalendar.dayLength }

    /// Whole local days since the local date `day`.
    func daysSince(_ day: Int) -> Int { max(0, today - day) }

    /// 2^(−age/halfLife): how much of what happened at `time` is left.
    func decay(_ time: Int64, _ halfLife: Double) -> Double {
        Double.exp2(-Double(age(time)) / (halfLife * Double(LocalCalendar.dayLength)))
    }

    /// Calls `body` for every row of the day table that is a day or a month, with the middle of it: where the decay of
    /// events that have left the timeline is taken. What is older than that has faded.
    func eachDeparted(_ table: DayTable, where isWanted: (DayRow) -> Bool, _ body: (DayRow, Int64) -> Void) {
        var bucket = Int32.min
        var middle: Int64 = 0
        for row in table.days where isWanted(row) {
            if row.bucket != bucket {
                bucket = row.bucket
                middle = self.middle(Int(bucket), Int(bucket) + 1)
            }
            body(row, middle)
        }
        bucket = .min
        for row in table.months where isWanted(row) {
            if row.bucket != bucket {
                bucket = row.bucket
                middle = self.middle(
                    LocalCalendar.firstDay(ofMonth: Int(bucket)), LocalCalendar.firstDay(ofMonth: Int(bucket) + 1))
            }
            body(row, middle)
        }
    }

    private func middle(_ first: Int, _ end: Int) -> Int64 {
        let start = calendar.start(of: first)
        return start + (calendar.start(of: end) - start) / 2
    }
}

/// A set of the last days, by age in days.
struct RecentDays {
    /// The greatest window a model may have.
    static let most = 400
    private var bits = InlineArray<7, UInt64>(repeating: 0)

    mutating func insert(age: Int) {
        let age = max(0, age)
        if age < Self.most { bits[age / 64] |= 1 << UInt64(age % 64) }
    }

    /// Days of the set younger than `age`.
    func count(younger age: Int) -> Int {
        var count = 0
        for index in bits.indices {
            let rest = age - index * 64
            if rest <= 0 { break }
            count += (rest >= 64 ? bits[index] : bits[index] & ((1 << UInt64(rest)) - 1)).nonzeroBitCount
        }
        return count
    }
}
