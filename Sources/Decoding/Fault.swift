import Interactions

/// The first rule a record breaks.
struct Fault: Error {
    var code: Rejection.Code
    /// For people: the field, the value where it may be shown, and what is accepted.
    var detail: String

    static func missing(_ field: String, _ accepted: String) -> Fault {
        Fault(code: .missingField, detail: "\(field) is missing; accepted: \(accepted)")
    }

    static func wrongType(_ field: String, _ found: String, _ accepted: String) -> Fault {
        Fault(code: .wrongType, detail: "\(field) is \(found); accepted: \(accepted)")
    }

    static func outOfRange(_ field: String, _ found: String, _ accepted: String) -> Fault {
        Fault(code: .outOfRange, detail: "\(field): \(found) is out of range; accepted: \(accepted)")
    }
}

extension Parser.Kind {
    var description: String {
        switch self {
        case .absent: "absent"
        case .null: "null"
        case .string: "a string"
        case .number: "a number"
        case .boolean: "true or false"
        case .object: "an object"
        case .array: "an array"
        }
    }
}

/// A value as a detail may show it: the first characters, control characters as dots.
func shown(_ bytes: ArraySlice<UInt8>) -> String {
    let text = String(decoding: bytes.prefix(160), as: UTF8.self).prefix(40)
    let plain = String(text.map { $0.isASCII && $0.asciiValue! < 0x20 ? "·" : $0 })
    return bytes.count > plain.utf8.count ? plain + "…" : plain
}
