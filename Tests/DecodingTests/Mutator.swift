import Interactions
import TestSupport

/// Valid records of every type, and ways to spoil them.
struct Mutator {
    var random: SplitMix
    let corpus = Self.validRecords()

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    static let listed = [
        "event_id", "type", "occurred_at", "customer", "channel", "amount", "quantity", "item", "category", "brand",
        "campaign", "community", "order_id", "coupon_id", "city", "rating", "sentiment", "duration_s", "target",
        "referrer", "refers_to", "ask_id", "mode", "text", "attributes", "tags",
    ]

    /// Each name of the catalogue, bare and with every field there is.
    private static func validRecords() -> [[UInt8]] {
        var records: [[UInt8]] = []
        for (index, entry) in EventType.catalogue.enumerated() where entry.type != .referralConverted {
            for name in entry.names {
                let needed = """
                    "event_id":"e\(index)","type":"\(name)","occurred_at":\(Decoded.now - Int64(index)),\
                    "customer":"phone:+86138\(index)","quantity":\(index + 1),"target":"wechat:oX","refers_to":"e0",\
                    "ask_id":"a\(index)","tags":["vip","\\u5165\\ud83d\\ude00"],"attributes":{"color":"红","n":1.5e3}
                    """
                let rest = """
                    "channel":"web","amount":12.345,"item":"sku-\(index)","category":"鞋","brand":"b\\"\\\\",
                    "campaign":"c","community":"x","order_id":"o\(index)","coupon_id":"k","city":"上海","rating":4.5,
                    "sentiment":-0.25,"duration_s":3.0005,"referrer":"crm:7","mode":"auto",
                    "text":"hi\\nthere","x":{"y":[1,[true,null]]}
                    """
                records.append(Array("{\(needed)}".utf8))
                records.append(Array("{\(needed), \(rest) }\n".utf8))
            }
        }
        for instant in ["2026-03-01T11:59:59.9876Z", "1990-01-01T00:00:00Z", "2024-02-29T23:30:00-01:00"] {
            records.append(Array(record(["occurred_at": "\"\(instant)\"", "channel": "null", "item": "\"\""]).utf8))
        }
        return records
    }

    private static let literals = [
        "0", "-0", "-1", "0.5", "5", "1e9", "1000000000.005", "1e999", "-1e999", "1e-999", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "2147483648", "631152000000", "631151999999",
        "\(Decoded.now + 600_000)", "\(Decoded.now + 600_001)", "0.\(String(repeating: "0", count: 400))1",
        String(repeating: "9", count: 400), "1E+0000000000000000000000001", "01", "1.", ".5", "--1", "1e", "NaN",
        "null", "true", "false", "\"\"", "\"a\"", "\"crm:1\"", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "{}",
        "[]", "[null]", "{\"a\":{}}", "{\"\":\"\"}", "[[\"a\"]]", "\"2026-02-30T00:00:00Z\"", "tru", "nulll", "\"",
        "'a'",
        "\"2026-03-01T24:00:00Z\"", "\"2026-03-01T11:59:60.5+08:00\"", "\"\(String(repeating: "é", count: 64))\"",
        "\"\(String(repeating: "é", count: 65))\"", "\"link\"", "\"retract\"", "\"tag_add\"", "\"attributes_set\"",
    ].map { Array($0.utf8) }

    private static let pieces: [[UInt8]] =
        [
            [0], [0x7f], [0x80], [0xbf], [0xc0, 0xaf], [0xc1, 0xbf], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80],
            [0xed, 0xbf, 0xbf], [0xef, 0xbb, 0xbf], [0xf0, 0x80, 0x80, 0xaf], [0xf4, 0x90, 0x80, 0x80], [0xff, 0xfe],
            [0xc3, 0xa9], [0xe2, 0x80, 0xa8], [0xf0, 0x9f, 0x98, 0x80], [0xf4, 0x8f, 0xbf, 0xbf], [0x0c], [0xc2, 0xa0],
        ]
        + [
            "\\", "\\u", "\\u0000", "\\ud83d", "\\ude00", "\\ud83d\\ude00", "\"", "{", "}", "[", "]", ",", ":", " ",
            "//",
        ]
        .map { Array($0.utf8) }

    /// A record spoiled in one to three ways.
    mutating func next() -> [UInt8] {
        var record = random.one(of: corpus)
        for _ in 0..<(1 + random.below(3)) { mutate(&record) }
        return record
    }

    private mutating func mutate(_ record: inout [UInt8]) {
        let place = random.below(record.count + 1)
        switch random.below(17) {
        case 0 where !record.isEmpty: record[random.below(record.count)] ^= 1 << UInt8(random.below(8))
        case 1 where !record.isEmpty: record[random.below(record.count)] = UInt8(random.below(256))
        case 2: record.insert(UInt8(random.below(256)), at: place)
        case 3: record.removeSubrange(place..<min(record.count, place + 1 + random.below(4)))
        case 4: record.removeSubrange(random.chance(90) ? place... : 0...)
        case 5:
            let other = random.one(of: corpus)
            record = Array(record[..<place] + other[random.below(other.count)...])
        case 6: replace(&record, UInt8(ascii: "0")...UInt8(ascii: "9"), with: random.one(of: Self.literals))
        case 7, 8, 9: replaceValue(&record, with: random.one(of: Self.literals))
        case 10: record.insert(contentsOf: nesting(), at: place)
        case 11: replaceValue(&record, with: nesting())
        case 12: record.insert(contentsOf: random.one(of: Self.pieces), at: place)
        case 13: addField(&record, random.one(of: Self.listed))
        case 14: addField(&record, random.one(of: ["x", "", "typ\\u0065", "Type", "\\ud800", "event_id "]))
        case 15: record = random.chance(70) ? [0x5b] + record + [0x5d] : random.one(of: Self.literals)
        default: lengthen(&record, at: place)
        }
    }

    /// Puts `literal` in place of the first run of such bytes from somewhere on.
    private mutating func replace(_ record: inout [UInt8], _ kind: ClosedRange<UInt8>, with literal: [UInt8]) {
        let from = random.below(record.count + 1)
        guard let start = record[from...].firstIndex(where: kind.contains) else { return }
        let end = record[start...].firstIndex { !kind.contains($0) } ?? record.count
        record.replaceSubrange(start..<end, with: literal)
    }

    /// Puts `literal` in place of what stands between a colon and the next comma or brace.
    private mutating func replaceValue(_ record: inout [UInt8], with literal: [UInt8]) {
        let from = random.below(record.count + 1)
        guard let colon = record[from...].firstIndex(of: UInt8(ascii: ":")) else { return }
        let ends = Array(",}".utf8)
        let end = record[colon...].firstIndex(where: ends.contains) ?? record.count
        record.replaceSubrange((colon + 1)..<end, with: literal)
    }

    private mutating func addField(_ record: inout [UInt8], _ name: String) {
        guard let brace = record.firstIndex(of: UInt8(ascii: "{")) else { return }
        let field = Array("\"\(name)\":".utf8) + random.one(of: Self.literals) + Array(",".utf8)
        record.insert(contentsOf: field, at: brace + 1)
    }

    /// Whole or broken, about the limit of 64 or far beyond.
    private mutating func nesting() -> [UInt8] {
        let depth = random.one(of: [2, 62, 63, 64, 65, 300])
        let isObject = random.chance(50)
        let open = isObject ? "{\"x\":" : "["
        let end = random.chance(80) ? depth : random.below(depth + 1)
        let text = String(repeating: open, count: depth) + (isObject ? "1" : "")
        return Array((text + String(repeating: isObject ? "}" : "]", count: end)).utf8)
    }

    /// Repeats a byte, now and then past the limit of a record.
    private mutating func lengthen(_ record: inout [UInt8], at place: Int) {
        let byte = place < record.count ? record[place] : UInt8(ascii: " ")
        let count = random.chance(1) ? 70_000 : random.one(of: [1, 2, 63, 64, 65, 127, 128, 129, 192, 1025])
        record.insert(contentsOf: repeatElement(byte, count: count), at: place)
    }
}
