import Foundation
import Profiles

/// A time zone of the system's tz database.
struct Zone: Equatable, Sendable, CustomStringConvertible {
    let name: String
    let calendar: LocalCalendar
    var description: String { name }

    private static let root = "/usr/share/zoneinfo"

    /// Nil when the system does not know `name`. UTC needs no database.
    init?(_ name: String) {
        self.name = name
        if name == "UTC" {
            calendar = .utc
            return
        }
        // A name has no dots, so it cannot leave the folder.
        guard name.utf8.allSatisfy({ $0 != UInt8(ascii: ".") }),
            let data = FileManager.default.contents(atPath: "\(Self.root)/\(name)"),
            let calendar = ZoneFile(Array(data))?.calendar
        else { return nil }
        self.calendar = calendar
    }

    /// The release of the system's tz database, such as `2025b`; nil when it does not say.
    static func databaseVersion() -> String? {
        if let version = try? String(contentsOfFile: "\(root)/+VERSION", encoding: .utf8) {
            return version.split(separator: "\n").first.map(String.init)
        }
        guard let file = FileHandle(forReadingAtPath: "\(root)/tzdata.zi"), let head = try? file.read(upToCount: 64),
            let line = String(decoding: head, as: UTF8.self).split(separator: "\n").first
        else { return nil }
        return line.split(separator: " ").last.map(String.init)
    }
}

/// What a TZif file (RFC 8536) says: the changes it lists, and a rule for the years after them.
struct ZoneFile {
    let calendar: LocalCalendar

    /// The rule is written out up to this year; days after it have the last offset.
    private static let lastYear = 2200

    /// Nil when `bytes` is not such a file of version 2 or later.
    init?(_ bytes: [UInt8]) {
        var reader = Reader(bytes: bytes)
        guard let first = reader.header(), first.version >= UInt8(ascii: "2") else { return nil }
        // The first body has 32-bit times; the second one, with 64 bits, is all that counts.
        reader.position += first.bodySize(timeSize: 4)
        guard let header = reader.header(), header.types > 0,
            bytes.count - reader.position >= header.bodySize(timeSize: 8)
        else { return nil }
        let times = (0..<header.times).map { _ in reader.integer(8) }
        let kinds = (0..<header.times).map { _ in Int(reader.integer(1)) & 0xff }
        let offsets = (0..<header.types).map { _ in
            let offset = reader.integer(4)
            reader.position += 2
            return offset
        }
        reader.position += header.characters + header.leaps * 12 + header.standards + header.universals
        guard kinds.allSatisfy({ $0 < offsets.count }) else { return nil }
        var changes = zip(times, kinds).map { LocalCalendar.Change(instant: $0 * 1000, offset: offsets[$1] * 1000) }
        let footer = String(decoding: bytes[min(reader.position, bytes.count)...], as: UTF8.self)
        if let line = footer.split(separator: "\n").first {
            guard let rule = ZoneRule(String(line)) else { return nil }
            let after = changes.last?.instant ?? 0
            let start = CivilDate(daysSince1970: LocalCalendar.utc.day(after)).year
            for year in start...max(start, Self.lastYear) {
                changes += rule.changes(in: year).filter { $0.instant > after }
            }
        }
        calendar = LocalCalendar(offset: offsets[0] * 1000, changes: changes)
    }

    private struct Header {
        let version: UInt8
        let universals: Int
        let standards: Int
        let leaps: Int
        let times: Int
        let types: Int
        let characters: Int

        func bodySize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standards + universals
        }
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        mutating func header() -> Header? {
            guard bytes.count - position >= 44, Array(bytes[position..<position + 4]) == Array("TZif".utf8) else {
                return nil
            }
            let version = bytes[position + 4]
            position += 20
            let counts = (0..<6).map { _ in Int(integer(4)) }
            guard counts.allSatisfy({ (0...1_000_000).contains($0) }) else { return nil }
            return Header(
                version: version, universals: counts[0], standards: counts[1], leaps: counts[2], times: counts[3],
                types: counts[4], characters: counts[5])
        }

        /// A signed integer of `size` bytes, the greatest first.
        mutating func integer(_ size: Int) -> Int64 {
            var value = Int64(Int8(bitPattern: bytes[position]))
            for index in 1..<max(size, 1) { value = value << 8 | Int64(bytes[position + index]) }
            position += size
            return value
        }
    }
}
