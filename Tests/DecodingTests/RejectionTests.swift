import Decoding
import Interactions
import Testing

/// Every code with every cause of it, one record each.
@Suite struct RejectionTests {
    struct Row: CustomTestStringConvertible {
        let code: Rejection.Code
        let cause: String
        let bytes: [UInt8]
        var testDescription: String { "\(code.rawValue): \(cause)" }

        init(_ code: Rejection.Code, _ cause: String, _ bytes: [UInt8]) {
            self.code = code
            self.cause = cause
            self.bytes = bytes
        }
        init(_ code: Rejection.Code, _ cause: String, _ json: String) { self.init(code, cause, Array(json.utf8)) }
        /// The fault stands in one field; its name is part of the detail.
        init(_ code: Rejection.Code, _ field: String, is literal: String?, on type: String = "view") {
            self.init(code, "\(field) \(literal ?? "absent")", record(["type": "\"\(type)\"", field: literal]))
        }
    }

    static let strings = [
        "item", "category", "brand", "campaign", "community", "order_id", "coupon_id", "city", "refers_to", "ask_id",
    ]
    static let identities = ["customer", "target", "referrer"]

    static let fields: [Row] = {
        var rows: [Row] = []
        func add(_ code: Rejection.Code, _ fields: [String], _ literals: [String?]) {
            for field in fields { rows += literals.map { Row(code, field, is: $0) } }
        }
        add(.missingField, ["event_id", "type", "occurred_at", "customer"], [nil, "null", "\"\""])
        add(.wrongType, ["occurred_at"], ["true", "{}", "[]"])
        let texts = strings + identities + ["event_id", "type", "channel", "mode", "text"]
        add(.wrongType, texts, ["1", "false", "[\"a\"]", "{\"a\":1}"])
        add(.outOfRange, texts, ["\"a:b\\u0000\""])
        let numbers = ["amount", "quantity", "rating", "sentiment", "duration_s"]
        add(.wrongType, numbers, ["\"1\"", "true", "[1]", "{}"])
        add(.outOfRange, numbers.filter { $0 != "quantity" }, ["1e999"])
        add(.outOfRange, strings + ["event_id"], [long(129)])
        let noIdentities = [
            long(193, "crm:"), "\"42\"", "\":42\"", "\"crm:\"", "\"CRM:42\"", "\"c rm:42\"", "\"关:42\"",
            "\"crm:4\\n2\"", "\"crm:\\u007f\"", long(35, String(repeating: "n", count: 33) + ":"),
        ]
        add(.outOfRange, identities, noIdentities)
        return rows
    }()

    static let values: [Row] = [
        Row(.unknownType, "type", is: "\"teleport\""),
        Row(.unknownType, "type", is: "\"View\""),
        Row(.unknownType, "type", is: "\" view\""),
        Row(.unknownType, "type", is: long(4000)),
        Row(.unknownType, "type", is: "\"referral_converted\""),
        Row(.badTimestamp, "occurred_at", is: "\"yesterday\""),
        Row(.badTimestamp, "occurred_at", is: "1e12"),
        Row(.badTimestamp, "occurred_at", is: "1772366400000.0"),
        Row(.badTimestamp, "occurred_at", is: "\"1772366400000\""),
        Row(.badTimestamp, "occurred_at", is: "9223372036854775808"),
        Row(.badTimestamp, "occurred_at", is: "-9223372036854775809"),
        Row(.outOfRange, "occurred_at", is: "-9223372036854775808"),
        Row(.outOfRange, "occurred_at", is: "-1"),
        Row(.outOfRange, "occurred_at", is: "631151999999"),
        Row(.outOfRange, "occurred_at", is: "\"1989-12-31T23:59:59.999Z\""),
        Row(.outOfRange, "occurred_at", is: "\"0000-01-01T00:00:00Z\""),
        Row(.outOfRange, "occurred_at", is: "\"2026-03-01T12:00:00Z\\u0000\""),
        Row(.inTheFuture, "occurred_at", is: "\(Decoded.now + 600_001)"),
        Row(.inTheFuture, "occurred_at", is: "9223372036854775807"),
        Row(.inTheFuture, "occurred_at", is: "\"9999-12-31T23:59:59Z\""),
        Row(.outOfRange, "channel", is: long(33)),
        Row(.outOfRange, "channel", is: "\"Web\""),
        Row(.outOfRange, "channel", is: "\"a b\""),
        Row(.outOfRange, "channel", is: "\"微信\""),
        Row(.outOfRange, "amount", is: "-0.01"),
        Row(.outOfRange, "amount", is: "-1e-30"),
        Row(.outOfRange, "amount", is: "1000000000.01"),
        Row(.outOfRange, "amount", is: "1000000000.0000000000000001"),
        Row(.outOfRange, "amount", is: "1e10"),
        Row(.wrongType, "quantity", is: "1.0"),
        Row(.wrongType, "quantity", is: "1e0"),
        Row(.outOfRange, "quantity", is: "0"),
        Row(.outOfRange, "quantity", is: "-0"),
        Row(.outOfRange, "quantity", is: "-1"),
        Row(.outOfRange, "quantity", is: "2147483648"),
        Row(.outOfRange, "quantity", is: "99999999999999999999"),
        Row(.outOfRange, "quantity", is: "-5", on: "points_redeem"),
        Row(.outOfRange, "quantity", is: "0", on: "points_adjust"),
        Row(.outOfRange, "quantity", is: "-2147483648", on: "points_adjust"),
        Row(.outOfRange, "rating", is: "0.99"),
        Row(.outOfRange, "rating", is: "0.9999999999999"),
        Row(.outOfRange, "rating", is: "5.0000000000001"),
        Row(.outOfRange, "rating", is: "7"),
        Row(.outOfRange, "sentiment", is: "1.0000000000001"),
        Row(.outOfRange, "sentiment", is: "-1.0000000000001"),
        Row(.outOfRange, "duration_s", is: "-1"),
        Row(.outOfRange, "duration_s", is: "1000000000.001"),
        Row(.outOfRange, "mode", is: "\"Auto\""),
        Row(.outOfRange, "mode", is: "\"robot\""),
    ]

    static let lists: [Row] = [
        Row(.wrongType, "attributes", is: "[]"),
        Row(.wrongType, "attributes", is: "\"a\""),
        Row(.wrongType, "attributes", is: "{\"a\":{}}"),
        Row(.wrongType, "attributes", is: "{\"a\":[1]}"),
        Row(.outOfRange, "attributes", is: "{\"\":1}"),
        Row(.outOfRange, "attributes", is: "{\(long(129)):1}"),
        Row(.outOfRange, "attributes", is: "{\"a\\u0000\":1}"),
        Row(.outOfRange, "attributes", is: "{\"a\":\"\\u0000\"}"),
        Row(.outOfRange, "attributes", is: "{\"a\":\(long(1025))}"),
        Row(.outOfRange, "attributes", is: "{\"a\":1e999}"),
        Row(.outOfRange, "attributes", is: "{\"a\":-1e999}"),
        Row(.outOfRange, "attributes", is: "{" + (0..<65).map { "\"a\($0)\":1" }.joined(separator: ",") + "}"),
        Row(.wrongType, "tags", is: "{}"),
        Row(.wrongType, "tags", is: "\"a\""),
        Row(.wrongType, "tags", is: "[1]"),
        Row(.wrongType, "tags", is: "[null]"),
        Row(.wrongType, "tags", is: "[\"a\",[\"b\"]]"),
        Row(.outOfRange, "tags", is: "[\"\"]"),
        Row(.outOfRange, "tags", is: "[\(long(129))]"),
        Row(.outOfRange, "tags", is: "[\"a\\u0000\"]"),
        Row(.outOfRange, "tags", is: "[" + (0..<33).map { "\"t\($0)\"" }.joined(separator: ",") + "]"),
    ]

    static let required: [Row] =
        [
            ("link", "target"), ("unlink", "target"), ("retract", "refers_to"), ("ask", "ask_id"),
            ("points_redeem", "quantity"), ("points_adjust", "quantity"), ("tag_add", "tags"), ("tag_remove", "tags"),
            ("attributes_set", "attributes"),
        ].flatMap { type, field in [nil, "null"].map { Row(.missingField, field, is: $0, on: type) } } + [
            Row(.missingField, "target", is: "\"\"", on: "link"),
            Row(.missingField, "tags", is: "[]", on: "tag_add"),
            Row(.missingField, "attributes", is: "{}", on: "attributes_set"),
        ]

    static let rows = documents + fields + values + lists + required

    @Test(arguments: rows) func isRejected(_ row: Row) {
        let decoded = Decoded(row.bytes)
        #expect(decoded.code == row.code, "\(decoded.outcome)")
        #expect(decoded.batch.interactions.isEmpty)
        #expect(decoded.batch.rejections.count == 1)
        #expect(decoded.batch.settings.isEmpty)
        #expect(decoded.rejection?.record == 7)
        #expect(decoded.rejection?.detail.contains("accepted: ") == true)
    }

    @Test(arguments: fields + values + lists + required) func namesTheField(_ row: Row) {
        let field = row.cause.prefix { $0 != " " }
        #expect(Decoded(row.bytes).rejection?.detail.hasPrefix(field) == true)
    }

    @Test func everyCodeHasARow() {
        #expect(Set(Self.rows.map(\.code)) == Set(Rejection.Code.allCases))
    }
}
