import CSimdJSON

/// Owns a parser of the shim, and the record it cut last.
/// The handle is owned by nobody else, so it may go from one thread to another.
@safe struct Parser: ~Copyable, @unchecked Sendable {
    private let handle: OpaquePointer
    private var record = unsafe gx_record()

    /// Bytes that must be readable behind a record.
    static var padding: Int { gx_padding() }

    enum Outcome { case object, notUTF8, notJSON, notAnObject }

    /// What a value is; see the shim.
    enum Kind { case absent, null, string, number, boolean(Bool), object, array }

    /// The listed fields, in the order in which they are checked.
    enum Field: Int, CaseIterable {
        case eventID, type, occurredAt, customer, channel, amount, quantity, item, category, brand, campaign,
            community, order, coupon, city, rating, sentiment, duration, target, referrer, refersTo, ask, mode, text,
            attributes, tags

        var name: String { Self.names[rawValue] }
        private static let names = [
            "event_id", "type", "occurred_at", "customer", "channel", "amount", "quantity", "item", "category",
            "brand", "campaign", "community", "order_id", "coupon_id", "city", "rating", "sentiment", "duration_s",
            "target", "referrer", "refers_to", "ask_id", "mode", "text", "attributes", "tags",
        ]
    }

    init() {
        guard let handle = unsafe gx_parser_new() else { preconditionFailure("no memory for a JSON parser") }
        unsafe self.handle = handle
    }

    deinit { unsafe gx_parser_free(handle) }

    /// Cuts the record at `range` of `bytes`, which reach `padding` beyond it.
    mutating func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Outcome {
        precondition(range.upperBound + Self.padding <= bytes.count, "records are padded")
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe gx_parse(handle, buffer.baseAddress! + range.lowerBound, range.count, &record)
        }
        return switch outcome {
        case Int32(GX_OK): .object
        case Int32(GX_NOT_UTF8): .notUTF8
        case Int32(GX_NOT_AN_OBJECT): .notAnObject
        default: .notJSON
        }
    }

    /// The empty string is absent, whatever the field should be.
    func kind(_ field: Field) -> Kind {
        let value = unsafe value(field)
        let isEmpty = unsafe Int(value.kind) == GX_STRING && value.count == 0
        return isEmpty ? .absent : unsafe Self.kind(value)
    }

    /// Appends the content of a string or the literal of a number.
    func append(_ field: Field, to bytes: inout [UInt8]) { unsafe Self.append(value(field), to: &bytes) }

    var tagCount: Int { unsafe record.tag_count }
    func tagKind(_ index: Int) -> Kind { unsafe Self.kind(record.tags[index].value) }
    func appendTag(_ index: Int, to bytes: inout [UInt8]) { unsafe Self.append(record.tags[index].value, to: &bytes) }

    var attributeCount: Int { unsafe record.attribute_count }
    func attributeKind(_ index: Int) -> Kind { unsafe Self.kind(record.attributes[index].value) }
    func appendAttributeName(_ index: Int, to bytes: inout [UInt8]) {
        unsafe Self.append(record.attributes[index].name, to: &bytes)
    }
    func appendAttribute(_ index: Int, to bytes: inout [UInt8]) {
        unsafe Self.append(record.attributes[index].value, to: &bytes)
    }

    private func value(_ field: Field) -> gx_value {
        unsafe withUnsafePointer(to: record.fields) { pointer in
            unsafe pointer.withMemoryRebound(to: gx_value.self, capacity: Field.allCases.count) { fields in
                unsafe fields[field.rawValue]
            }
        }
    }

    private static func kind(_ value: gx_value) -> Kind {
        switch unsafe Int(value.kind) {
        case GX_NULL: .null
        case GX_STRING: .string
        case GX_NUMBER: .number
        case GX_TRUE: .boolean(true)
        case GX_FALSE: .boolean(false)
        case GX_OBJECT: .object
        case GX_ARRAY: .array
        default: .absent
        }
    }

    private static func append(_ value: gx_value, to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: value.bytes, count: Int(value.count)))
    }
}
