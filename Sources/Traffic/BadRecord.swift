/// A way in which a record cannot be folded; a stream takes them in turn.
package enum BadRecord: Int, CaseIterable, Sendable {
    case tombstone, cutShort, notUTF8, list, noCustomer, amountInWords, ratingOfSeven, unknownType, instantInWords
    case farAhead, fieldTwice, tooLarge, beforeComputers

    /// The code it is rejected with.
    package var code: String {
        switch self {
        case .tombstone: "empty"
        case .cutShort, .fieldTwice: "not_json"
        case .notUTF8: "not_utf8"
        case .list: "not_an_object"
        case .noCustomer: "missing_field"
        case .amountInWords: "wrong_type"
        case .ratingOfSeven, .beforeComputers: "out_of_range"
        case .unknownType: "unknown_type"
        case .instantInWords: "bad_timestamp"
        case .farAhead: "in_the_future"
        case .tooLarge: "too_large"
        }
    }

    /// Appends the value; nothing for a tombstone.
    func write(id: [UInt8], customer: [UInt8], time: Int64, to value: inout [UInt8]) {
        func object(_ type: String, at instant: String? = nil, isSigned: Bool = true, _ rest: String = "") {
            value.append("{\"event_id\":\"")
            value.append(contentsOf: id)
            value.append("\",\"type\":\"\(type)\",\"occurred_at\":\(instant ?? "\(time)")")
            if isSigned {
                value.append(",\"customer\":\"")
                value.append(contentsOf: customer)
                value.append("\"")
            }
            value.append(rest + "}")
        }
        switch self {
        case .tombstone: break
        case .cutShort: value.append("{\"event_id\":\"w\",\"type\":")
        case .notUTF8: value.append(contentsOf: [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])
        case .list: value.append("[1,2,3]")
        case .noCustomer: object("view", isSigned: false)
        case .amountInWords: object("purchase", ",\"amount\":\"twelve\"")
        case .ratingOfSeven: object("review", ",\"rating\":7")
        case .unknownType: object("teleport")
        case .instantInWords: object("view", at: "\"yesterday\"")
        case .farAhead: object("view", at: "4102444800000")
        case .fieldTwice: object("view", ",\"item\":\"a\",\"item\":\"b\"")
        case .tooLarge: object("post", ",\"text\":\"\(String(repeating: "x", count: 66_000))\"")
        case .beforeComputers: object("view", at: "-1")
        }
    }
}
