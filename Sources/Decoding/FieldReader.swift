import Interactions

/// Reads the fields of one record in the order of the contract, checking each.
struct FieldReader {
    let now: Int64
    let limits: DecodingLimits
    let key: HashKey

    init(now: Int64, limits: DecodingLimits, key: HashKey) {
        self.now = now
        self.limits = limits
        self.key = key
    }

    func read(_ parser: borrowing Parser, into batch: inout InteractionBatch) throws(Fault) -> Interaction {
        let eventID = try required(parser, .eventID, &batch.bytes, "a string of 1 to 128 bytes")
        let type = try eventType(parser)
        let occurredAt = try occurredAt(parser)
        guard parser.has(.customer) else { throw .missing(Parser.Field.customer.name, Self.identityAccepted) }
        let (customer, namespace) = try identity(parser, .customer, &batch.bytes)
        let hash = key.event(
            customer: batch.bytes.span.extracting(customer.range), eventID: batch.bytes.span.extracting(eventID.range))
        var event = Interaction(type: type, occurredAt: occurredAt, hash: hash, stringsFrom: Int(eventID.start))
        event.eventID = eventID
        event.customer = customer
        let settings = batch.settings.count
        // Most of the others are missing: only those that are there cost anything.
        var rest = parser.present(after: .customer)
        while let field = rest.next() { try read(field, parser, &event, &batch) }
        if !event.fields.contains(.channel), type != .optIn, type != .optOut {
            // Consent without a channel concerns all of them; anything else happened where the customer is known.
            event.channel = Text(start: Int(customer.start), count: namespace)
        }
        // Absent means that nothing was paid.
        if type == .purchase || type == .repay { event.fields.insert(.amount) }
        event.settings = UInt32(settings)..<UInt32(batch.settings.count)
        try require(event)
        return event
    }

    /// Reads a field that is there into `event`.
    private func read(
        _ field: Parser.Field, _ parser: borrowing Parser, _ event: inout Interaction, _ batch: inout InteractionBatch
    ) throws(Fault) {
        switch field {
        case .eventID, .type, .occurredAt, .customer: break
        case .channel:
            event.channel = try channel(parser, &batch.bytes)
            event.fields.insert(.channel)
        case .amount:
            event.amount = try decimal(
                parser, field, 0...DecodingLimits.greatestNumber, places: 2, "a number from 0 to 1e9")
            event.fields.insert(.amount)
        case .quantity:
            event.quantity = try quantity(parser, event.type)
            event.fields.insert(.quantity)
        case .item: event.item = try string(parser, field, &batch.bytes)
        case .category: event.category = try string(parser, field, &batch.bytes)
        case .brand: event.brand = try string(parser, field, &batch.bytes)
        case .campaign: event.campaign = try string(parser, field, &batch.bytes)
        case .community: event.community = try string(parser, field, &batch.bytes)
        case .order: event.order = try string(parser, field, &batch.bytes)
        case .coupon: event.coupon = try string(parser, field, &batch.bytes)
        case .city: event.city = try string(parser, field, &batch.bytes)
        case .rating:
            event.rating = Int16(try decimal(parser, field, 1...5, places: 2, "a number from 1 to 5"))
            event.fields.insert(.rating)
        case .sentiment:
            event.sentiment = Int16(try decimal(parser, field, -1...1, places: 3, "a number from -1 to 1"))
            event.fields.insert(.sentiment)
        case .duration:
            event.duration = try decimal(
                parser, field, 0...DecodingLimits.greatestNumber, places: 3, "a number of seconds from 0 to 1e9")
            event.fields.insert(.duration)
        case .target: event.target = try identity(parser, field, &batch.bytes).name
        case .referrer: event.referrer = try identity(parser, field, &batch.bytes).name
        case .refersTo: event.refersTo = try string(parser, field, &batch.bytes)
        case .ask: event.ask = try string(parser, field, &batch.bytes)
        case .mode: try checkMode(parser)
        // Checked, and not kept: what a person wrote is stored nowhere.
        case .text: try checkIsString(parser, field, "a string")
        case .attributes: try readAttributes(parser, event.type, &batch)
        case .tags: try readTags(parser, event.type, &batch)
        }
    }

    // MARK: - Strings

    private func checkIsString(
        _ parser: borrowing Parser, _ field: Parser.Field, _ accepted: @autoclosure () -> String
    ) throws(Fault) {
        let kind = parser.kind(field)
        guard case .string = kind else { throw .wrongType(field.name, kind.description, accepted()) }
        if parser.hasNUL(field) { throw .outOfRange(field.name, "U+0000", accepted()) }
    }

    /// The content of a string field, appended to `bytes`.
    private func text(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8], _ accepted: @autoclosure () -> String
    ) throws(Fault) -> Text {
        try checkIsString(parser, field, accepted())
        let start = bytes.count
        parser.append(field, to: &bytes)
        return Text(start: start, count: bytes.count - start)
    }

    private func string(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8],
        _ accepted: @autoclosure () -> String = Self.stringAccepted
    ) throws(Fault) -> Text {
        let text = try text(parser, field, &bytes, accepted())
        if text.count > DecodingLimits.string { throw .outOfRange(field.name, "\(text.count) bytes", accepted()) }
        return text
    }

    private func required(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8], _ accepted: @autoclosure () -> String
    ) throws(Fault) -> Text {
        guard parser.has(field) else { throw .missing(field.name, accepted()) }
        return try string(parser, field, &bytes, accepted())
    }

    private static let stringAccepted = "a string of at most \(DecodingLimits.string) bytes"
    private static let attributesAccepted =
        "an object of at most \(DecodingLimits.attributes) strings, numbers, true, false or null"
    private static let tagsAccepted =
        "an array of at most \(DecodingLimits.tags) strings of 1 to \(DecodingLimits.string) bytes"
    private static let identityAccepted = "namespace:id, at most 192 bytes, namespace of a-z 0-9 _ -"

    /// A name of somebody and the length of its namespace. Never quoted in a detail: it names a person.
    private func identity(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8]
    ) throws(Fault) -> (name: Text, namespace: Int) {
        let text = try text(parser, field, &bytes, Self.identityAccepted)
        guard let namespace = Identity.namespaceLength(bytes.span.extracting(text.range)) else {
            throw .outOfRange(field.name, "what is there", Self.identityAccepted)
        }
        return (text, namespace)
    }

    /// The customer of a record with whatever other fault; nothing is added where there is none to read.
    func readableCustomer(_ parser: borrowing Parser, _ bytes: inout [UInt8]) -> Text {
        let start = bytes.count
        if parser.has(.customer), let customer = try? identity(parser, .customer, &bytes) { return customer.name }
        bytes.removeLast(bytes.count - start)
        return .absent
    }

    private func channel(_ parser: borrowing Parser, _ bytes: inout [UInt8]) throws(Fault) -> Text {
        let accepted = "1 to 32 of a-z 0-9 _ -"
        let text = try text(parser, .channel, &bytes, accepted)
        if text.count > 32 || !bytes[text.range].allSatisfy(Identity.isNameByte) {
            throw .outOfRange("channel", shown(bytes[text.range]), accepted)
        }
        return text
    }

    private func eventType(_ parser: borrowing Parser) throws(Fault) -> EventType {
        let accepted = "a type of the catalogue"
        guard parser.has(.type) else { throw .missing("type", accepted) }
        try checkIsString(parser, .type, accepted)
        guard let type = TypeNames.shared.find(parser.content(.type)) else {
            throw Fault(
                code: .unknownType, detail: "type: \(shown(parser.content(.type))) is unknown; accepted: \(accepted)")
        }
        return type
    }

    private func checkMode(_ parser: borrowing Parser) throws(Fault) {
        let accepted = "auto, manual, batch"
        try checkIsString(parser, .mode, accepted)
        let mode = copied(parser.content(.mode))
        if !["auto", "manual", "batch"].contains(where: { mode.elementsEqual($0.utf8) }) {
            throw .outOfRange("mode", shown(mode[...]), accepted)
        }
    }

    // MARK: - Numbers

    private func checkIsNumber(
        _ parser: borrowing Parser, _ field: Parser.Field, _ accepted: @autoclosure () -> String
    ) throws(Fault) {
        let kind = parser.kind(field)
        guard case .number = kind else { throw .wrongType(field.name, kind.description, accepted()) }
    }

    /// A decimal within bounds (in whole units, inclusive), rounded half to even to `places`.
    private func decimal(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bounds: ClosedRange<Int64>, places: Int,
        _ accepted: @autoclosure () -> String
    ) throws(Fault) -> Int64 {
        try checkIsNumber(parser, field, accepted())
        let literal = parser.content(field)
        guard Self.isWithin(bounds, literal), let value = Decimal.scaled(literal, places: places) else {
            throw .outOfRange(field.name, shown(literal), accepted())
        }
        return value
    }

    private func quantity(_ parser: borrowing Parser, _ type: EventType) throws(Fault) -> Int32 {
        let isAdjustment = type == .pointsAdjust
        let accepted =
            isAdjustment ? "a whole number but 0, at most 2147483647 either way" : "a whole number from 1 to 2147483647"
        try checkIsNumber(parser, .quantity, accepted)
        let literal = parser.content(.quantity)
        guard Self.isInteger(literal) else { throw .wrongType("quantity", shown(literal), accepted) }
        guard let value = Self.integer(literal).flatMap(Int32.init(exactly:)), value != 0,
            value >= (isAdjustment ? -.max : 1)
        else { throw .outOfRange("quantity", shown(literal), accepted) }
        return value
    }

    /// Bounds hold for what was written, by however little it is beyond them.
    private static func isWithin(_ bounds: ClosedRange<Int64>, _ literal: Span<UInt8>) -> Bool {
        let unit: Int64 = 1_000_000_000
        let (lower, upper) = (bounds.lowerBound * unit, bounds.upperBound * unit)
        guard let fine = Decimal.scaled(literal, places: 9), fine >= lower, fine <= upper else { return false }
        if fine == lower, side(literal, of: bounds.lowerBound) < 0 { return false }
        return fine < upper || side(literal, of: bounds.upperBound) <= 0
    }

    /// The sign of `literal` − `bound` where the two agree in nine places; a bound is 0, or one digit and zeros.
    private static func side(_ literal: Span<UInt8>, of bound: Int64) -> Int {
        let sign = literal[0] == UInt8(ascii: "-") ? -1 : 1
        var bound = bound.magnitude
        while bound >= 10 { bound /= 10 }
        var first: UInt64?
        var isMore = false
        for index in literal.indices {
            let byte = literal[index]
            if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") { break }
            guard (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) else { continue }
            if first == nil { first = UInt64(byte - UInt8(ascii: "0")) } else { isMore = true }
        }
        guard let first else { return 0 }
        if bound == 0 { return sign }
        return first != bound ? -sign : isMore ? sign : 0
    }

    private func copied(_ span: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in span.indices { bytes.append(span[index]) }
        return bytes
    }

    private func shown(_ span: Span<UInt8>) -> String { shown(copied(span)[...]) }

    private func shown(_ bytes: ArraySlice<UInt8>) -> String { Decoding.shown(bytes) }

    private static func isInteger(_ literal: Span<UInt8>) -> Bool {
        for index in literal.indices {
            switch literal[index] {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): return false
            default: break
            }
        }
        return true
    }

    /// The value of a literal; nil where it has a point or an exponent, or does not fit.
    private static func integer(_ literal: Span<UInt8>) -> Int64? {
        let sign: Int64 = literal[0] == UInt8(ascii: "-") ? -1 : 1
        var value: Int64 = 0
        // Eighteen digits always fit.
        if literal.count <= 18, sign > 0 {
            for index in literal.indices {
                let digit = literal[index] &- UInt8(ascii: "0")
                if digit > 9 { return nil }
                value = value &* 10 &+ Int64(digit)
            }
            return value
        }
        if !isInteger(literal) { return nil }
        for index in (sign < 0 ? 1 : 0)..<literal.count {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(sign * Int64(literal[index] - UInt8(ascii: "0")))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    private func badTimestamp(_ text: Span<UInt8>, _ accepted: String) -> Fault {
        Fault(code: .badTimestamp, detail: "occurred_at: \(shown(text)) is no instant; accepted: \(accepted)")
    }

    private func occurredAt(_ parser: borrowing Parser) throws(Fault) -> Int64 {
        let accepted = "RFC 3339 with offset, or Unix milliseconds"
        let instant: Int64?
        switch parser.kind(.occurredAt) {
        case .absent: throw .missing("occurred_at", accepted)
        case .string:
            try checkIsString(parser, .occurredAt, accepted)
            instant = Timestamp.parse(parser.content(.occurredAt))
        default:
            try checkIsNumber(parser, .occurredAt, accepted)
            instant = Self.integer(parser.content(.occurredAt))
        }
        guard let instant else { throw badTimestamp(parser.content(.occurredAt), accepted) }
        if instant < DecodingLimits.earliest {
            throw .outOfRange("occurred_at", "\(instant)", "from 1990-01-01T00:00:00Z")
        }
        if instant > now.saturatingSum(limits.futureTolerance) {
            throw Fault(
                code: .inTheFuture,
                detail: "occurred_at: \(instant) is in the future; accepted: at most \(limits.futureTolerance) ms ahead"
            )
        }
        return instant
    }

    // MARK: - Lists

    private func readAttributes(
        _ parser: borrowing Parser, _ type: EventType, _ batch: inout InteractionBatch
    ) throws(Fault) {
        let accepted = Self.attributesAccepted
        let kind = parser.kind(.attributes)
        guard case .object = kind else { throw .wrongType("attributes", kind.description, accepted) }
        for index in 0..<parser.attributeCount {
            let kind = parser.attributeKind(index)
            switch kind {
            case .object, .array: throw .wrongType("attributes", "not flat: it holds \(kind.description)", accepted)
            default: break
            }
        }
        if parser.attributeCount > DecodingLimits.attributes {
            throw .outOfRange("attributes", "\(parser.attributeCount) of them", accepted)
        }
        for index in 0..<parser.attributeCount {
            let name = try element("attributes", &batch.bytes, DecodingLimits.string) { bytes in
                parser.appendAttributeName(index, to: &bytes)
            }
            let value: Setting.Value
            switch parser.attributeKind(index) {
            case .boolean(let boolean): value = .boolean(boolean)
            case .string:
                value = .text(
                    try element("attributes", &batch.bytes, DecodingLimits.attributeText, isEmptyFine: true) { bytes in
                        parser.appendAttribute(index, to: &bytes)
                    })
            case .number:
                let start = batch.bytes.count
                parser.appendAttribute(index, to: &batch.bytes)
                let number = Double(String(decoding: batch.bytes[start...], as: UTF8.self)) ?? .infinity
                let literal = shown(batch.bytes[start...])
                batch.bytes.removeLast(batch.bytes.count - start)
                if !number.isFinite { throw .outOfRange("attributes", literal, "numbers that fit a double") }
                value = .number(number)
            default: value = .none
            }
            if type == .attributesSet { batch.settings.append(Setting(name: name, value: value)) }
        }
    }

    private func readTags(
        _ parser: borrowing Parser, _ type: EventType, _ batch: inout InteractionBatch
    ) throws(Fault) {
        let accepted = Self.tagsAccepted
        let kind = parser.kind(.tags)
        guard case .array = kind else { throw .wrongType("tags", kind.description, accepted) }
        for index in 0..<parser.tagCount {
            guard case .string = parser.tagKind(index) else {
                throw .wrongType("tags", "an array with \(parser.tagKind(index).description)", accepted)
            }
        }
        if parser.tagCount > DecodingLimits.tags { throw .outOfRange("tags", "\(parser.tagCount) of them", accepted) }
        for index in 0..<parser.tagCount {
            let name = try element("tags", &batch.bytes, DecodingLimits.string) { bytes in
                parser.appendTag(index, to: &bytes)
            }
            if type == .tagAdd || type == .tagRemove { batch.settings.append(Setting(name: name, value: .none)) }
        }
    }

    private func element(
        _ field: String, _ bytes: inout [UInt8], _ limit: Int, isEmptyFine: Bool = false,
        _ append: (inout [UInt8]) -> Void
    ) throws(Fault) -> Text {
        let start = bytes.count
        append(&bytes)
        let count = bytes.count - start
        if count > limit || (count == 0 && !isEmptyFine) {
            throw .outOfRange(field, "\(count) bytes", "1 to \(limit) bytes")
        }
        if bytes[start...].contains(0) { throw .outOfRange(field, "U+0000", "1 to \(limit) bytes without it") }
        return Text(start: start, count: count)
    }

    // MARK: - Required by type

    private func require(_ event: Interaction) throws(Fault) {
        let missing: Parser.Field? =
            switch event.type {
            case .link, .unlink: event.target.isAbsent ? .target : nil
            case .retract: event.refersTo.isAbsent ? .refersTo : nil
            case .ask: event.ask.isAbsent ? .ask : nil
            case .tagAdd, .tagRemove: event.settings.isEmpty ? .tags : nil
            case .attributesSet: event.settings.isEmpty ? .attributes : nil
            case .pointsRedeem, .pointsAdjust: event.fields.contains(.quantity) ? nil : .quantity
            default: nil
            }
        if let missing { throw .missing(missing.name, "it is required on \(event.type.name)") }
    }
}

extension Int64 {
    fileprivate func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
