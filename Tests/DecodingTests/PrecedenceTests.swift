import Decoding
import Interactions
import Testing

/// Which code wins where a record has two faults, and what is no fault at all.
@Suite struct PrecedenceTests {
    /// A value that makes each field fail, in the order of the contract.
    static let faults: [(field: String, literal: String, code: Rejection.Code)] = [
        ("event_id", "1", .wrongType), ("type", "\"teleport\"", .unknownType),
        ("occurred_at", "\"yesterday\"", .badTimestamp), ("customer", "\"42\"", .outOfRange),
        ("channel", "\"Web\"", .outOfRange), ("amount", "\"1\"", .wrongType), ("quantity", "0", .outOfRange),
        ("item", "1", .wrongType), ("category", long(129), .outOfRange), ("brand", "1", .wrongType),
        ("campaign", long(129), .outOfRange), ("community", "1", .wrongType), ("order_id", long(129), .outOfRange),
        ("coupon_id", "1", .wrongType), ("city", long(129), .outOfRange), ("rating", "true", .wrongType),
        ("sentiment", "2", .outOfRange), ("duration_s", "[]", .wrongType), ("target", "\"x\"", .outOfRange),
        ("referrer", "1", .wrongType), ("refers_to", long(129), .outOfRange), ("ask_id", "1", .wrongType),
        ("mode", "\"robot\"", .outOfRange), ("text", "1", .wrongType), ("attributes", "{\"\":1}", .outOfRange),
        ("tags", "[1]", .wrongType),
    ]

    /// Wherever two fields fail, the one earlier in the contract decides, whichever stands first in the record.
    @Test func theEarlierFieldWins() {
        for (index, first) in Self.faults.enumerated() {
            for second in Self.faults[(index + 1)...] {
                let one = record([first.field: first.literal, second.field: second.literal])
                let other = record([second.field: second.literal, first.field: first.literal])
                for json in [one, other] {
                    let rejection = Decoded(json).rejection
                    #expect(rejection?.code == first.code, "\(json)")
                    #expect(rejection?.detail.hasPrefix(first.field) == true, "\(json)")
                }
            }
        }
    }

    @Test(arguments: faults.dropFirst(4).map(\.field)) func theFaultOfAFieldWinsOverWhatTheTypeRequires(_ field: String)
    {
        let fault = Self.faults.first { $0.field == field }!
        let required = field == "refers_to" ? ("link", Rejection.Code.missingField) : ("retract", .missingField)
        #expect(Decoded(record(["type": "\"\(required.0)\""])).code == required.1)
        #expect(Decoded(record(["type": "\"\(required.0)\"", field: fault.literal])).code == fault.code)
    }

    @Test(arguments: [
        // Missing before wrong before out of range, field by field.
        ("{}", "event_id", Rejection.Code.missingField),
        ("{\"type\":1}", "event_id", .missingField),
        (record(["type": nil, "occurred_at": "true"]), "type", .missingField),
        (record(["occurred_at": nil, "customer": "1"]), "occurred_at", .missingField),
        (record(["customer": nil, "amount": "-1"]), "customer", .missingField),
        // In a list the kind of any element wins over the count, the names and the values of others.
        (record(["attributes": "{\"\":1,\"a\":[]}"]), "attributes is", .wrongType),
        (record(["attributes": "{\"a\":1e999,\"b\":{}}"]), "attributes is", .wrongType),
        (record(["attributes": "{" + (0..<65).map { "\"a\($0)\":[]" }.joined(separator: ",") + "}"]), "", .wrongType),
        (record(["tags": "[\"\",1]"]), "tags is", .wrongType),
        (record(["tags": "[" + (0..<33).map { "\($0)" }.joined(separator: ",") + "]"]), "tags is", .wrongType),
        // Bounds of time.
        (record(["type": "\"teleport\"", "occurred_at": "99999999999999"]), "type", .unknownType),
        (record(["occurred_at": "99999999999999", "customer": "\"42\""]), "occurred_at", .inTheFuture),
        (record(["occurred_at": "0", "customer": nil]), "occurred_at", .outOfRange),
        // A record is JSON before it has fields.
        (record(["event_id": "1"]) + ",", "the value", .notJSON),
        (record(["event_id": "1", "x": "\"\\ud800\""]), "the value", .notJSON),
        ("[\(record())", "the value", .notJSON),
    ]) func oneCodeWins(_ json: String, _ detail: String, _ code: Rejection.Code) {
        let decoded = Decoded(json)
        #expect(decoded.code == code, "\(decoded.outcome)")
        #expect(decoded.rejection?.detail.hasPrefix(detail) == true, "\(decoded.outcome)")
    }

    @Test func theDocumentIsCheckedInOrder() {
        let small = DecodingLimits(maximumBytes: 8)
        let broken: [UInt8] = [0x7b, 0xff]
        let brokenAndLong = broken + [UInt8](repeating: 0xff, count: 8)
        #expect(Decoded(brokenAndLong, isTombstone: true, isJSON: false, limits: small).code == .empty)
        #expect(Decoded([], isJSON: false).code == .empty)
        #expect(Decoded(brokenAndLong, isJSON: false, limits: small).code == .tooLarge)
        #expect(Decoded(broken, isJSON: false).code == .notUTF8)
        #expect(Decoded([0xef, 0xbb, 0xbf, 0xff]).code == .notUTF8)
        #expect(Decoded(Array("[1]".utf8), isJSON: false).code == .notJSON)
        #expect(Decoded(Array("{".utf8), isJSON: false).code == .notJSON)
        #expect(Decoded(Array(record().utf8), isJSON: false).code == .notJSON)
        #expect(Decoded(Array("[1]".utf8)).code == .notAnObject)
    }

    @Test func aRecordMayBeAsLongAsTheLimit() {
        let room = 65_536 - record(["text": "\"\""]).utf8.count
        let json = Array(record(["text": long(room)]).utf8)
        #expect(json.count == 65_536)
        #expect(Decoded(json).code == nil)
        #expect(Decoded(json, limits: DecodingLimits(maximumBytes: 65_535)).code == .tooLarge)
        let longer = Array(record(["text": long(room + 1)]).utf8)
        #expect(Decoded(longer, limits: DecodingLimits(maximumBytes: 65_537)).code == nil)
    }

    @Test(arguments: [
        record(["x": "1", "TYPE": "7", "type ": "[]", "": "null", "事件": "{\"type\":[{}]}"]),
        record(["x": "1"]).dropLast() + ",\"x\":2,\"x\":\"two\"}",
        record(["x": "{\"type\":1,\"type\":2}"]), record(["x": "\"\\u0000\"", "y\\u0000": "1"]),
        record(["x": "1e999", "y": "-123456789012345678901234567890.5E+12345"]), record(["x": nested(63)]),
        " \n\t\r" + record() + "\r\n ", record(["\\u0069tem": "\"a\"", "x": "[ ]", "y": "{ }"]),
        record(["x": "\"\\ud83d\\ude00\\\\\\\"\\/\\b\\f\\n\\r\\t\u{7f}\u{ffff}\u{10ffff}\""]),
    ]) func whatIsNoFault(_ json: String) {
        let decoded = Decoded(json)
        #expect(decoded.interaction?.type == .view, "\(decoded.outcome)")
    }

    /// The key of a record is not even an argument: the field says whose it is, of what is rejected too, for an erase.
    @Test(
        arguments: [
            (record(["event_id": nil]), "crm:42"), (record(["type": "\"teleport\""]), "crm:42"),
            (record(["occurred_at": "true"]), "crm:42"), (record(["amount": "-1"]), "crm:42"),
            (record(["customer": "\"phone:\\u002b86\"", "tags": "[1]"]), "phone:+86"),
            (record(["customer": "\"42\""]), nil), (record(["customer": nil]), nil), (record(["customer": "7"]), nil),
            (record() + "}", nil), ("[\(record())]", nil),
        ] as [(String, String?)]) func aRejectionKeepsItsCustomer(_ json: String, _ customer: String?) throws
    {
        let decoded = Decoded(json)
        let kept = try #require(decoded.rejection).customer
        #expect((kept.isAbsent ? nil : decoded.batch.bytes.string(kept)) == customer)
        #expect(decoded.batch.bytes.count == customer?.utf8.count ?? 0)
    }

    @Test func noDetailQuotesTheText() {
        let secret = "nobody shall read this"
        for fault in Self.faults where fault.field != "text" {
            let detail = Decoded(record(["text": "\"\(secret)\"", fault.field: fault.literal])).rejection?.detail
            #expect(detail?.contains("shall") == false)
        }
        #expect(Decoded(record(["text": "\"\(secret)\\u0000\""])).rejection?.detail.contains("shall") == false)
        #expect(Decoded(record(["text": "[\"\(secret)\"]"])).rejection?.detail.contains("shall") == false)
        let accepted = Decoded(record(["text": "\"\(secret)\""]))
        #expect(!String(decoding: accepted.batch.bytes, as: UTF8.self).contains("shall"))
    }
}
