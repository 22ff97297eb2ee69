import Profiles

/// A POSIX `TZ` rule with RFC 8536's extensions: `CST-8`, `EST5EDT,M3.2.0,M11.1.0`, `<+0330>-3:30`.
struct ZoneRule: Equatable, Sendable {
    /// Seconds east of Greenwich.
    let standard: Int
    /// Summer time: its offset, and when it starts and ends; nil without one.
    let summer: Summer?

    struct Summer: Equatable, Sendable {
        let offset: Int
        let start: Moment
        let end: Moment
    }

    /// A day of every year, and seconds since its local midnight.
    struct Moment: Equatable, Sendable {
        enum Day: Equatable, Sendable {
            /// 1…365, 29 February never counted.
            case julian(Int)
            /// 0…365, 29 February counted.
            case ordinal(Int)
            /// The `week`th `weekday` of `month`; week 5 is the last, weekday 0 Sunday.
            case weekday(month: Int, week: Int, weekday: Int)
        }
        let day: Day
        let time: Int

        /// Days since 1970-01-01.
        func date(in year: Int) -> Int {
            let newYear = CivilDate(year: year, month: 1, day: 1).daysSince1970
            switch day {
            case .julian(let number):
                return newYear + number - 1 + (CivilDate.isLeap(year) && number >= 60 ? 1 : 0)
            case .ordinal(let number): return newYear + number
            case .weekday(let month, let week, let weekday):
                let first = CivilDate(year: year, month: month, day: 1).daysSince1970
                // 1970-01-01 was a Thursday.
                let toFirst = ((weekday - (first + 4)) % 7 + 7) % 7
                let next = CivilDate(year: month == 12 ? year + 1 : year, month: month % 12 + 1, day: 1).daysSince1970
                var date = first + toFirst + (week - 1) * 7
                if date >= next { date -= 7 }
                return date
            }
        }
    }

    /// The changes of one year, ascending; none for a zone without summer time.
    func changes(in year: Int) -> [LocalCalendar.Change] {
        guard let summer else { return [] }
        func change(_ moment: Moment, before: Int, to offset: Int) -> LocalCalendar.Change {
            let instant = Int64(moment.date(in: year)) * 86_400 + Int64(moment.time - before)
            return LocalCalendar.Change(instant: instant * 1000, offset: Int64(offset) * 1000)
        }
        return [
            change(summer.start, before: standard, to: summer.offset),
            change(summer.end, before: summer.offset, to: standard),
        ].sorted { $0.instant < $1.instant }
    }

    /// Nil when `text` is not such a rule.
    init?(_ text: String) {
        var parser = Parser(rest: Substring(text))
        guard parser.name(), let west = parser.time() else { return nil }
        standard = -west
        if parser.rest.isEmpty {
            summer = nil
            return
        }
        guard parser.name() else { return nil }
        var offset = standard + 3600
        if parser.rest.first != "," {
            guard let west = parser.time() else { return nil }
            offset = -west
        }
        guard let start = parser.moment(), let end = parser.moment(), parser.rest.isEmpty else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    private struct Parser {
        var rest: Substring

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// The abbreviation, in angle brackets when it is not all letters.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: ">") else { return false }
                rest = rest[rest.index(after: end)...]
                return true
            }
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest[letters.endIndex...]
            return letters.count >= 3
        }

        mutating func number() -> Int? {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest[digits.endIndex...]
            return digits.count <= 3 ? Int(digits) : nil
        }

        /// `[+-]h[:m[:s]]` in seconds.
        mutating func time() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number(), hours <= 167 else { return nil }
            var seconds = hours * 3600
            for unit in [60, 1] where take(":") {
                guard let part = number(), part < 60 else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func moment() -> Moment? {
            guard take(",") else { return nil }
            let day: Moment.Day
            if take("M") {
                guard let month = number(), take("."), let week = number(), take("."), let weekday = number(),
                    (1...12).contains(month), (1...5).contains(week), (0...6).contains(weekday)
                else { return nil }
                day = .weekday(month: month, week: week, weekday: weekday)
            } else if take("J") {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), (0...365).contains(number) else { return nil }
                day = .ordinal(number)
            }
            guard take("/") else { return Moment(day: day, time: 7200) }
            return time().map { Moment(day: day, time: $0) }
        }
    }
}
