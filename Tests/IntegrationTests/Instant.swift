import Foundation

extension Int64 {
    /// Unix ms.
    static var now: Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    static let day: Int64 = 86_400_000

    /// The first instant of a date `YYYYMMDD` in UTC.
    static func date(_ number: Int) -> Int64 {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = DateComponents(year: number / 10_000, month: number / 100 % 100, day: number % 100)
        return Int64(calendar.date(from: parts)!.timeIntervalSince1970 * 1000)
    }
}
