import Decoding
import Foundation
import Interactions
import TestSupport
import Testing

/// Instants as records write them.
@Suite struct TimestampTests {
    /// The decoded instant of a literal, under a clock far enough ahead.
    private static func decode(_ literal: String, now: Int64 = Decoded.now) -> Decoded {
        Decoded(Array(record(["occurred_at": literal]).utf8), now: now)
    }

    @Test(
        arguments: [
            ("1772366400000", 1_772_366_400_000), ("631152000000", 631_152_000_000),
            ("\"1990-01-01T00:00:00Z\"", 631_152_000_000), ("\"1989-12-31T23:00:00-01:00\"", 631_152_000_000),
            ("\"1990-01-01T23:59:00+23:59\"", 631_152_000_000), ("\"2026-03-01T12:00:00Z\"", 1_772_366_400_000),
            ("\"2026-03-01t12:00:00z\"", 1_772_366_400_000), ("\"2026-03-01T20:00:00+08:00\"", 1_772_366_400_000),
            ("\"2026-03-01T06:30:00-05:30\"", 1_772_366_400_000), ("\"2026-03-01T12:00:00-00:00\"", 1_772_366_400_000),
            ("\"2026-02-28T12:01:00-23:59\"", 1_772_366_400_000), ("\"2026\\u002d03-01T12:00:00Z\"", 1_772_366_400_000),
            // Digits below the millisecond are cut, however many there are.
            ("\"2026-03-01T11:59:59.9Z\"", 1_772_366_399_900), ("\"2026-03-01T11:59:59.98Z\"", 1_772_366_399_980),
            ("\"2026-03-01T11:59:59.987Z\"", 1_772_366_399_987), ("\"2026-03-01T11:59:59.9879Z\"", 1_772_366_399_987),
            ("\"2026-03-01T11:59:59.999999999999999999999Z\"", 1_772_366_399_999),
            ("\"2026-03-01T19:59:59.0009+08:00\"", 1_772_366_399_000),
            ("\"1990-01-01T00:00:00.0009Z\"", 631_152_000_000),
            // Leap days, and the days about them.
            ("\"2024-02-29T00:00:00Z\"", 1_709_164_800_000), ("\"2024-03-01T00:00:00Z\"", 1_709_251_200_000),
            ("\"2000-02-29T23:59:59Z\"", 951_868_799_000), ("\"2023-02-28T23:59:59.999Z\"", 1_677_628_799_999),
            ("\"2024-02-29T23:30:00-01:00\"", 1_709_253_000_000), ("\"1999-12-31T23:59:59Z\"", 946_684_799_000),
        ] as [(String, Int64)]) func isTheInstant(_ literal: String, _ instant: Int64)
    {
        let decoded = Self.decode(literal)
        #expect(decoded.interaction?.occurredAt == instant, "\(decoded.outcome)")
    }

    @Test(arguments: [
        "2026-03-01T11:00:60Z", "2026-06-30T23:59:60Z", "2016-12-31T23:59:60Z", "2026-03-01T24:00:00Z",
        "2026-03-01T11:60:00Z", "2025-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
        "2026-02-30T00:00:00Z", "2025-04-31T00:00:00Z", "2025-13-01T00:00:00Z", "2025-00-01T00:00:00Z",
        "2025-01-00T00:00:00Z", "2025-01-32T00:00:00Z", "2025-01-01T00:00:00", "2025-01-01", "2025-01-01T00:00Z",
        "2025-01-01 00:00:00Z", "2025-1-1T00:00:00Z", "20250101T000000Z", "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00,5Z", "2025-01-01T00:00:00.5", "2025-01-01T00:00:00+0800", "2025-01-01T00:00:00+08",
        "2025-01-01T00:00:00+24:00", "2025-01-01T00:00:00+08:60", "2025-01-01T00:00:00ZZ", "2025-01-01T00:00:00Z ",
        " 2025-01-01T00:00:00Z", "+2025-01-01T00:00:00Z", "-2025-01-01T00:00:00Z", "12025-01-01T00:00:00Z",
        "2025-01-01T00:00:00\u{2212}08:00", "２０２５-01-01T00:00:00Z", "2025-01-01T00:00:0:Z", "now", "Z", "T",
        "2025-W01-1T00:00:00Z", "2025-001T00:00:00Z", "2025-01-01T00:00:00Z/P1D", "1735689600",
    ]) func isNoInstant(_ text: String) {
        let decoded = Self.decode("\"\(text)\"")
        #expect(decoded.code == .badTimestamp, "\(decoded.outcome)")
    }

    @Test func theBoundsAreInclusive() {
        let now: Int64 = 1_700_000_000_000
        #expect(Self.decode("\(now + 600_000)", now: now).interaction?.occurredAt == now + 600_000)
        #expect(Self.decode("\(now + 600_001)", now: now).code == .inTheFuture)
        #expect(Self.decode("\"2023-11-14T22:23:20.0009Z\"", now: now).interaction?.occurredAt == now + 600_000)
        #expect(Self.decode("\"2023-11-14T22:23:20.001Z\"", now: now).code == .inTheFuture)
        #expect(Self.decode("631152000000", now: now).interaction?.occurredAt == 631_152_000_000)
        #expect(Self.decode("631151999999", now: now).code == .outOfRange)
        #expect(Self.decode("\"1989-12-31T23:59:59.999999Z\"", now: now).code == .outOfRange)
        // A clock at the end of time adds nothing to itself.
        #expect(Self.decode("9223372036854775807", now: .max).interaction?.occurredAt == .max)
        let strict = DecodingLimits(futureTolerance: 0)
        for (instant, code) in [(now, nil), (now + 1, Rejection.Code.inTheFuture)] {
            let bytes = Array(record(["occurred_at": "\(instant)"]).utf8)
            #expect(Decoded(bytes, limits: strict, now: now).code == code)
        }
    }

    /// Any instant from 1990 to 9999, written by Foundation, in any offset, decodes to itself.
    @Test(arguments: Seeds.all(2)) func anInstantDecodesToItself(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let last: Int64 = 253_402_214_400_000  // 9999-12-31T00:00:00Z
        for step in 0..<5000 {
            let instant = 631_238_400_000 + Int64(random.next() % UInt64(last - 631_238_400_000))
            let minutes = random.below(2 * 1439 + 1) - 1439
            let seconds = Double(instant / 1000)
            let style = Date.ISO8601FormatStyle(timeZone: TimeZone(secondsFromGMT: 0)!)
            // Local wall time is the instant moved by the offset and written as if it were UTC.
            var text = Date(timeIntervalSince1970: seconds + Double(minutes * 60)).formatted(style)
            text.removeLast()
            let milliseconds = instant % 1000
            let padded = String(String(1000 + milliseconds).dropFirst())
            text += milliseconds == 0 && random.chance(50) ? "" : ".\(padded)"
            if text.contains(".") {
                text += String((0..<random.below(4)).map { _ in Character("\(random.below(10))") })
            }
            let ahead = abs(minutes)
            let offset = "\(minutes < 0 ? "-" : "+")\(Self.two(ahead / 60)):\(Self.two(ahead % 60))"
            text += minutes == 0 && random.chance(50) ? "Z" : offset
            let decoded = Self.decode("\"\(text)\"", now: last)
            try #require(
                decoded.interaction?.occurredAt == instant, "seed \(seed), step \(step), \(text): \(decoded.outcome)")
            try #require(Self.decode("\(instant)", now: last).interaction?.occurredAt == instant)
        }
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
