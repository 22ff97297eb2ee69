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

    /// Whether a field, which has a value, is a string without U+0000.
    func isText(_ field: Field) -> Bool {
        unsafe Int(fields[field.rawValue].kind) == GX_STRING && fields[field.rawValue].has_nul == 0
    }

    /// The value of a number that is written in at most eighteen digits and nothing else.
    func natural(_ field: Field) -> Int64? {
        let value = unsafe fields[field.rawValue]
        return unsafe Int(value.kind) == GX_NUMBER && value.natural >= 0 ? value.natural : nil
    }

    /// The content of a string or the literal of a number; the field has a value.
    @_lifetime(borrow self)
    func content(_ field: Field) -> Span<UInt8> {
        let span = unsafe Self.content(fields[field.rawValue])
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    var tagCount: Int { unsafe record.pointee.tag_count }
    func tagKind(_ index: Int) -> Kind { unsafe Self.kind(record.pointee.tags[index].value) }
    @_lifetime(borrow self)
    func tag(_ index: Int) -> Span<UInt8> {
        let span = unsafe Self.content(record.pointee.tags[index].value)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    var attributeCount: Int { unsafe record.pointee.attribute_count }
    func attributeKind(_ index: Int) -> Kind { unsafe Self.kind(record.pointee.attributes[index].value) }
    @_lifetime(borrow self)
    func attributeName(_ index: Int) -> Span<UInt8> {
        let span = unsafe Self.content(record.pointee.attributes[index].name)
        return unsafe _overrideLifetime(span, borrowing: self)
    }
    @_lifetime(borrow self)
    func attribute(_ index: Int) -> Span<UInt8> {
        let span = unsafe Self.content(record.pointee.attributes[index].value)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    private static func kind(_ value: gx_value) -> Kind {
        switch unsafe Int(value.kind) {
        case GX_NULL: .null
        case GX_STRING: .string
        case GX_NUMBER: .number
        case GX_TRUE: .boolean(true)
        case GX_FALSE: .boolean(false)
        case GX_OBJECT: .object
        default: .array
        }
    }

    @_lifetime(immortal)
    private static func content(_ value: gx_value) -> Span<UInt8> {
        let span = unsafe Span(_unsafeStart: value.bytes, count: Int(value.count))
        return unsafe _overrideLifetime(span, copying: ())
    }
}

extension OutputSpan<UInt8> {
    /// What must be free behind the content of a field that is appended.
    static var block: Int { 16 }

    /// Appends what a parser has cut out in whole blocks, as most of it is one or two: so much can be read behind the
    /// source (`Parser.padding`), and what is written behind the target counts for nothing.
    mutating func append(block source: Span<UInt8>) {
        precondition(source.count + Self.block <= freeCapacity, "there is room for a block more")
        unsafe source.withUnsafeBytes { source in
            unsafe withUnsafeMutableBufferPointer { target, count in
                let target = unsafe UnsafeMutableRawPointer(target.baseAddress! + count)
                for start in stride(from: 0, to: source.count, by: Self.block) {
                    let block = unsafe (source.baseAddress! + start).loadUnaligned(as: SIMD16<UInt8>.self)
                    unsafe (target + start).storeBytes(of: block, as: SIMD16<UInt8>.self)
                }
                count += source.count
            }
        }
    }
}
