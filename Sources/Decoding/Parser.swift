import CSimdJSON

/// Owns a parser of the shim, and the record it cut last.
/// The handle is owned by nobody else, so it may go from one thread to another.
@safe struct Parser: ~Copyable, @unchecked Sendable {
    private let handle: OpaquePointer
    /// In memory of its own, so that a field is read where it is.
    private let record: UnsafeMutablePointer<gx_record>
    private let fields: UnsafePointer<gx_value>

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
        unsafe record = .allocate(capacity: 1)
        unsafe record.initialize(to: gx_record())
        // The fields are the first thing in a record.
        unsafe fields = UnsafeRawPointer(record).assumingMemoryBound(to: gx_value.self)
    }

    deinit {
        unsafe gx_parser_free(handle)
        unsafe record.deallocate()
    }

    /// Cuts the record at `range` of `bytes`, which reach `padding` beyond it.
    mutating func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Outcome {
        precondition(range.upperBound + Self.padding <= bytes.count, "records are padded")
        let outcome = unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe gx_parse(handle, buffer.baseAddress! + range.lowerBound, range.count, record)
        }
        return switch outcome {
        case Int32(GX_OK): .object
        case Int32(GX_NOT_UTF8): .notUTF8
        case Int32(GX_NOT_AN_OBJECT): .notAnObject
        default: .notJSON
        }
    }

    /// Whether a field has a value; null and the empty string are none, whatever the field should be.
    func has(_ field: Field) -> Bool { unsafe record.pointee.present &>> UInt32(field.rawValue) & 1 == 1 }

    /// The fields behind `field` that have a value, in their order.
    func present(after field: Field) -> Fields {
        unsafe Fields(rest: record.pointee.present & (.max &<< UInt32(field.rawValue + 1)))
    }

    struct Fields {
        fileprivate var rest: UInt32

        mutating func next() -> Field? {
            if rest == 0 { return nil }
            defer { rest &= rest &- 1 }
            return Field(rawValue: rest.trailingZeroBitCount)
        }
    }

    func kind(_ field: Field) -> Kind { has(field) ? unsafe Self.kind(fields[field.rawValue]) : .absent }

    /// Whether a string field holds U+0000, which JSON can only write as an escape.
    func hasNUL(_ field: Field) -> Bool {
        if unsafe fields[field.rawValue].is_unescaped == 0 { return false }
        let content = content(field)
        for index in content.indices where content[index] == 0 { return true }
        return false
    }

    /// The content of a string or the literal of a number; the field has a value.
    @_lifetime(borrow self)
    func content(_ field: Field) -> Span<UInt8> {
        let value = unsafe fields[field.rawValue]
        let span = unsafe Span(_unsafeStart: value.bytes, count: Int(value.count))
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// Appends the content of a string or the literal of a number.
    func append(_ field: Field, to bytes: inout [UInt8]) { unsafe Self.append(fields[field.rawValue], to: &bytes) }

    var tagCount: Int { unsafe record.pointee.tag_count }
    func tagKind(_ index: Int) -> Kind { unsafe Self.kind(record.pointee.tags[index].value) }
    func appendTag(_ index: Int, to bytes: inout [UInt8]) {
        unsafe Self.append(record.pointee.tags[index].value, to: &bytes)
    }

    var attributeCount: Int { unsafe record.pointee.attribute_count }
    func attributeKind(_ index: Int) -> Kind { unsafe Self.kind(record.pointee.attributes[index].value) }
    func appendAttributeName(_ index: Int, to bytes: inout [UInt8]) {
        unsafe Self.append(record.pointee.attributes[index].name, to: &bytes)
    }
    func appendAttribute(_ index: Int, to bytes: inout [UInt8]) {
        unsafe Self.append(record.pointee.attributes[index].value, to: &bytes)
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
