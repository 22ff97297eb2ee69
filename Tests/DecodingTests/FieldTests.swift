import Decoding
import Foundation
import Interactions
import Testing

/// What is accepted, and what is stored of it.
@Suite struct FieldTests {
    @Test func aPlainRecord() throws {
        let decoded = Decoded(record())
        let event = try #require(decoded.interaction)
        #expect(event.type == .view)
        #expect(event.occurredAt == Decoded.now)
        #expect(event.record == 7)
        #expect(decoded.string(\.eventID) == "e1")
        #expect(decoded.string(\.customer) == "crm:42")
        #expect(decoded.string(\.channel) == "crm")
        #expect(event.fields == [])
        #expect(event.quantity == 1)
        #expect(
            event.hash == HashKey.standard.event(customer: Array("crm:42".utf8).span, eventID: Array("e1".utf8).span))
        #expect(event.settings.isEmpty && decoded.batch.settings.isEmpty && decoded.batch.rejections.isEmpty)
    }

    // MARK: - Numbers

    struct Number: CustomTestStringConvertible {
        let field: String
        let literal: String
        let stored: Int64
        var type = "view"
        var testDescription: String { "\(field) \(literal)" }
    }

    private static func numbers(_ field: String, _ values: [(String, Int64)], on type: String = "view") -> [Number] {
        values.map { Number(field: field, literal: $0.0, stored: $0.1, type: type) }
    }

    static let accepted: [Number] =
        numbers(
            "amount",
            [
                ("0", 0), ("-0", 0), ("-0.000", 0), ("0.01", 1), ("12.34", 1234), ("12", 1200), ("1.2e1", 1200),
                // Half goes to the even hundredth, by the digits and not by a double.
                ("0.125", 12), ("0.135", 14), ("0.005", 0), ("0.015", 2), ("1.005", 100), ("1.015", 102),
                ("0.0050000000000000000001", 1), ("0.00499999999999999999999", 0), ("2.675", 268), ("8.345", 834),
                ("1000000000", 100_000_000_000), ("1e9", 100_000_000_000), ("1E+9", 100_000_000_000),
                ("0.1e10", 100_000_000_000), ("1000000000.000000000000", 100_000_000_000),
                ("999999999.995", 100_000_000_000), ("999999999.99499", 99_999_999_999), ("1e-400", 0), ("0e999", 0),
            ])
        + numbers(
            "rating",
            [
                ("1", 100), ("5", 500), ("5.00000000000", 500), ("50e-1", 500), ("4.5", 450), ("4.996", 500),
                ("1.005", 100), ("1.015", 102), ("3.335", 334), ("4.9999999999999", 500), ("1.0000000000001", 100),
            ])
        + numbers(
            "sentiment",
            [
                ("0", 0), ("-0.0", 0), ("1", 1000), ("-1", -1000), ("-1.000000000000", -1000), ("0.2005", 200),
                ("0.2015", 202), ("-0.2005", -200), ("-0.2015", -202), ("-0.99999999999999", -1000), ("1e-3", 1),
                ("-0.0005", 0), ("-0.0015", -2),
            ])
        + numbers(
            "duration_s",
            [
                ("0", 0), ("0.001", 1), ("0.0005", 0), ("0.0015", 2), ("12.5", 12_500), ("3600", 3_600_000),
                ("1e9", 1_000_000_000_000), ("999999999.9995", 1_000_000_000_000),
            ])
        + numbers("quantity", [("1", 1), ("2", 2), ("2147483647", 2_147_483_647)])
        + numbers("quantity", [("1", 1), ("2147483647", 2_147_483_647)], on: "points_redeem")
        + numbers("quantity", [("-1", -1), ("7", 7), ("-2147483647", -2_147_483_647)], on: "points_adjust")

    private static func read(_ field: String, _ event: Interaction) -> (value: Int64, flag: Interaction.Fields) {
        switch field {
        case "amount": (event.amount, .amount)
        case "rating": (Int64(event.rating), .rating)
        case "sentiment": (Int64(event.sentiment), .sentiment)
        case "duration_s": (event.duration, .duration)
        default: (Int64(event.quantity), .quantity)
        }
    }

    @Test(arguments: accepted) func aNumberIsStoredAs(_ number: Number) throws {
        let decoded = Decoded(record(["type": "\"\(number.type)\"", number.field: number.literal]))
        let event = try #require(decoded.interaction, "\(decoded.outcome)")
        let (value, flag) = Self.read(number.field, event)
        #expect(value == number.stored)
        #expect(event.fields == flag)
    }

    /// Null and the empty string are absent, whatever the field is otherwise.
    @Test(arguments: ["null", "\"\""]) func absence(_ literal: String) throws {
        for field in ["amount", "quantity", "rating", "sentiment", "duration_s"] {
            let event = try #require(Decoded(record([field: literal])).interaction, "\(field)")
            #expect(event.fields == [])
            #expect(event.quantity == 1 && event.amount == 0)
        }
        for (field, path) in Self.strings + Self.identities {
            let decoded = Decoded(record([field: literal]))
            #expect(decoded.interaction != nil, "\(field): \(decoded.outcome)")
            #expect(decoded.string(path) == nil)
        }
        for field in ["channel", "mode", "text", "attributes", "tags"] {
            let decoded = Decoded(record([field: literal]))
            #expect(decoded.interaction?.fields == [], "\(field): \(decoded.outcome)")
            #expect(decoded.string(\.channel) == "crm")
        }
    }

    /// Nothing paid is an amount on what is paid for, and no amount on anything else.
    @Test func anAbsentAmount() {
        for (type, fields) in [("purchase", [Interaction.Fields.amount]), ("repay", [.amount]), ("refund", [])] {
            for literal in [nil, "null"] {
                let event = Decoded(record(["type": "\"\(type)\"", "amount": literal])).interaction
                #expect(event?.fields == Interaction.Fields(fields))
                #expect(event?.amount == 0)
            }
        }
    }

    // MARK: - Strings

    static var strings: [(String, KeyPath<Interaction, Text>)] {
        [
            ("item", \.item), ("category", \.category), ("brand", \.brand), ("campaign", \.campaign),
            ("community", \.community), ("order_id", \.order), ("coupon_id", \.coupon), ("city", \.city),
            ("refers_to", \.refersTo), ("ask_id", \.ask),
        ]
    }
    static var identities: [(String, KeyPath<Interaction, Text>)] {
        [("target", \.target), ("referrer", \.referrer)]
    }

    @Test(arguments: [
        ("\"a\"", "a"), ("\" a \"", " a "), (long(128), String(repeating: "x", count: 128)),
        ("\"上海\"", "上海"), ("\"\\u4e0a\\u6d77\"", "上海"), ("\"\\ud83d\\ude00\"", "😀"), ("\"e\u{301}\"", "e\u{301}"),
        ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{c}\n\r\t"), ("\"\\u0001\u{7f}\\u001F\"", "\u{1}\u{7f}\u{1f}"),
        ("\"" + String(repeating: "\\u00e9", count: 64) + "\"", String(repeating: "é", count: 64)),
        ("\"\\ud7ff\\ue000\u{10ffff}\"", "\u{d7ff}\u{e000}\u{10ffff}"), ("\"{\\\"a\\\":1}\"", "{\"a\":1}"),
    ]) func aStringIsStoredAs(_ literal: String, _ stored: String) {
        for (field, path) in Self.strings + [("event_id", \.eventID)] {
            let decoded = Decoded(record([field: literal]))
            #expect(decoded.string(path).map { Array($0.utf8) } == Array(stored.utf8), "\(field): \(decoded.outcome)")
        }
    }

    @Test func everyFieldHasItsOwnPlace() throws {
        let fields = Self.strings.map(\.0) + Self.identities.map(\.0)
        let pairs = fields.map { "\"\($0)\":\"is:\($0)\"" }.shuffled().joined(separator: ",")
        let decoded = Decoded(record().dropLast() + ",\"mode\":\"auto\",\"text\":\"t\"," + pairs + "}")
        for (field, path) in Self.strings + Self.identities { #expect(decoded.string(path) == "is:\(field)") }
    }

    @Test(arguments: ["auto", "manual", "batch"]) func modes(_ mode: String) {
        #expect(Decoded(record(["mode": "\"\(mode)\""])).interaction != nil)
    }

    // MARK: - Names

    @Test(arguments: EventType.catalogue.flatMap { entry in entry.names.map { ($0, entry.type) } })
    func everyNameOfTheCatalogue(_ name: String, _ type: EventType) {
        let json = record([
            "type": "\"\(name)\"", "target": "\"crm:1\"", "refers_to": "\"e0\"", "ask_id": "\"a\"", "quantity": "3",
            "tags": "[\"t\"]", "attributes": "{\"a\":1}",
        ])
        #expect(Decoded(json).interaction?.type == (type == .referralConverted ? nil : type))
    }
}
