import Foundation
import Profiles
import TestSupport
import Testing

/// Local dates, checked against dates written out and against Foundation's calendar.
@Suite struct LocalCalendarTests {
    static let dayLength = LocalCalendar.dayLength

    private static func instant(_ text: String) throws -> Int64 {
        let date = try Date(text, strategy: .iso8601)
        return Int64(date.timeIntervalSince1970) * 1000
    }

    /// Days since 1970-01-01 of a date.
    private static func day(_ date: String) throws -> Int {
        Int(try instant(date + "T00:00:00Z") / dayLength)
    }

    @Test func daysOfUTC() throws {
        let utc = LocalCalendar.utc
        #expect(utc.day(0) == 0)
        #expect(utc.day(-1) == -1)
        #expect(utc.day(Self.dayLength - 1) == 0)
        #expect(utc.day(Self.dayLength) == 1)
        #expect(utc.start(of: -3) == -3 * Self.dayLength)
        #expect(utc.day(try Self.instant("2024-02-29T23:59:59Z")) == (try Self.day("2024-02-29")))
        #expect(utc.hour(try Self.instant("2024-02-29T23:59:59Z")) == 23)
        #expect(utc.hour(-1) == 23)
    }

    @Test func theDayTheClocksGoForwardHas23Hours() throws {
        let day = try Self.day("2025-03-09")
        let calendar = LocalCalendar.newYork
        #expect(calendar.start(of: day) == (try Self.instant("2025-03-09T05:00:00Z")))
        #expect(calendar.start(of: day + 1) == (try Self.instant("2025-03-10T04:00:00Z")))
        #expect(calendar.hour(try Self.instant("2025-03-09T06:59:59Z")) == 1)
        #expect(calendar.hour(try Self.instant("2025-03-09T07:00:00Z")) == 3)
    }

    @Test func theDayTheClocksGoBackHas25Hours() throws {
        let day = try Self.day("2025-11-02")
        let calendar = LocalCalendar.newYork
        #expect(calendar.start(of: day) == (try Self.instant("2025-11-02T04:00:00Z")))
        #expect(calendar.start(of: day + 1) == (try Self.instant("2025-11-03T05:00:00Z")))
        #expect(calendar.hour(try Self.instant("2025-11-02T05:59:59Z")) == 1)
        #expect(calendar.hour(try Self.instant("2025-11-02T06:00:00Z")) == 1)
    }

    @Test func aDayMayBeginAtOneOrComeTwice() throws {
        let calendar = LocalCalendar.cairo
        let spring = try Self.day("2025-04-25")
        #expect(calendar.start(of: spring) == (try Self.instant("2025-04-24T22:00:00Z")))
        #expect(calendar.hour(calendar.start(of: spring)) == 1)
        // Midnight of the 31st comes after the second 23:00 of the 30th.
        let autumn = try Self.day("2025-10-31")
        #expect(calendar.start(of: autumn) == (try Self.instant("2025-10-30T22:00:00Z")))
        #expect(calendar.start(of: autumn - 1) == (try Self.instant("2025-10-29T21:00:00Z")))
    }

    @Test func aSkippedDateBeginsWhereTheNextDoes() throws {
        let calendar = LocalCalendar.apia
        let skipped = try Self.day("2011-12-30")
        let next = try Self.instant("2011-12-30T10:00:00Z")
        #expect(calendar.day(next - 1) == skipped - 1)
        #expect(calendar.day(next) == skipped + 1)
        #expect(calendar.start(of: skipped) == next)
        #expect(calendar.start(of: skipped + 1) == next)
    }

    /// A start is the first instant of its date: the millisecond before it is an earlier one.
    @Test(arguments: [LocalCalendar.utc, .newYork, .cairo]) func startsAreFirstInstants(_ calendar: LocalCalendar)
        throws
    {
        let first = try Self.day("2024-12-25")
        for day in first..<first + 800 {
            let start = calendar.start(of: day)
            #expect(calendar.day(start) == day)
            #expect(calendar.day(start - 1) == day - 1)
            #expect(calendar.start(of: day + 1) > start)
        }
    }

    @Test func monthsEqualFoundations() throws {
        var gregorian = Calendar(identifier: .gregorian)
        gregorian.timeZone = .gmt
        // From 1899 to 2105: the centuries with and without a leap day.
        for day in stride(from: -26_000, to: 49_500, by: 7) {
            let parts = gregorian.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let month = (parts.year! - 1970) * 12 + parts.month! - 1
            #expect(LocalCalendar.month(ofDay: day) == month)
            #expect(LocalCalendar.firstDay(ofMonth: month) == day - parts.day! + 1)
        }
        for month in -850..<1630 {
            let first = LocalCalendar.firstDay(ofMonth: month)
            #expect(LocalCalendar.month(ofDay: first) == month)
            #expect(LocalCalendar.month(ofDay: first - 1) == month - 1)
        }
    }
}
