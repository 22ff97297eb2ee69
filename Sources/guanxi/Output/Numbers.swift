import Foundation

/// Numbers, money, instants and spans as people read them.
enum Written {
    /// `1,234,567`.
    static func count(_ value: some BinaryInteger) -> String {
        let digits = String(value.magnitude)
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped += "," }
            grouped.append(digit)
        }
        return value < 0 ? "-\(grouped)" : grouped
    }

    /// Minor units as `1,234.05`.
    static func money(_ minorUnits: Int64) -> String {
        let magnitude = minorUnits.magnitude
        let cents = magnitude % 100
        return "\(minorUnits < 0 ? "-" : "")\(count(magnitude / 100)).\(cents < 10 ? "0" : "")\(cents)"
    }

    static func decimal(_ value: Double, places: Int) -> String { String(format: "%.\(places)f", value) }

    /// Unix milliseconds as `2026-11-11 00:00:00 UTC`.
    static func instant(_ milliseconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
        let style = Date.ISO8601FormatStyle(dateTimeSeparator: .space)
        return String(date.formatted(style).dropLast()) + " UTC"
    }

    /// Unix milliseconds as `2026-11-11T00:00:00.000Z`.
    static func isoInstant(_ milliseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(milliseconds) / 1000).ISO8601Format(.init(includingFractionalSeconds: true))
    }

    /// Seconds as `45 s`, `12 min`, `3 h`, `5 d`.
    static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<10: "\(decimal(max(0, seconds), places: 1)) s"
        case ..<120: "\(Int(seconds)) s"
        case ..<7200: "\(Int(seconds / 60)) min"
        case ..<172_800: "\(Int(seconds / 3600)) h"
        default: "\(Int(seconds / 86_400)) d"
        }
    }
}
