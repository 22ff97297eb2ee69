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
        let eventID = try requiredString(parser, .eventID, &batch.bytes, "a string of 1 to 128 bytes")
        let type = try eventType(parser)
        let occurredAt = try occurredAt(parser)
        guard let person = try identity(parser, .customer, &batch.bytes) else {
            throw .missing(Parser.Field.customer.name, Self.identityAccepted)
        }
        let hash = key.event(
            customer: batch.bytes.span.extracting(person.range), eventID: batch.bytes.span.extracting(eventID.range))
        var event = Interaction(type: type, occurredAt: occurredAt, hash: hash)
        event.eventID = eventID
        event.customer = person

        event.channel = try channel(parser, &batch.bytes)
        if !event.channel.isAbsent {
            event.fields.insert(.channel)
        } else if type != .optIn, type != .optOut {
            // Consent without a channel concerns all of them; anything else happened where the customer is known.
            let namespace = Identity.namespaceLength(batch.bytes.span.extracting(person.range))!
            event.channel = Text(start: Int(person.start), count: namespace)
        }
        try readAmounts(parser, &event)
        event.item = try string(parser, .item, &batch.bytes)
        event.category = try string(parser, .category, &batch.bytes)
        event.brand = try string(parser, .brand, &batch.bytes)
        event.campaign = try string(parser, .campaign, &batch.bytes)
        event.community = try string(parser, .community, &batch.bytes)
        event.order = try string(parser, .order, &batch.bytes)
        event.coupon = try string(parser, .coupon, &batch.bytes)
        event.city = try string(parser, .city, &batch.bytes)
        try readOpinions(parser, &event)
        event.target = try identity(parser, .target, &batch.bytes) ?? .absent
        event.referrer = try identity(parser, .referrer, &batch.bytes) ?? .absent
        event.refersTo = try string(parser, .refersTo, &batch.bytes)
        event.ask = try string(parser, .ask, &batch.bytes)
        try checkMode(parser)
        try checkText(parser)
        let settings = batch.settings.count
        try readAttributes(parser, type, &batch)
        try readTags(parser, type, &batch)
        event.settings = UInt32(settings)..<UInt32(batch.settings.count)
        try require(event, parser)
        return event
    }

    // MARK: - Strings

    /// Whether a string field is there; null and the empty string are absent. Most fields of a record are, so that is
    /// seen first.
    private func isThere(
        _ parser: borrowing Parser, _ field: Parser.Field, _ accepted: @autoclosure () -> String
    ) throws(Fault) -> Bool {
        if !parser.has(field) { return false }
        let kind = parser.kind(field)
        guard case .string = kind else { throw .wrongType(field.name, kind.description, accepted()) }
        if parser.hasNUL(field) { throw .outOfRange(field.name, "U+0000", accepted()) }
        return true
    }

    /// The content of a string field, appended to `bytes`; nil when it is absent.
    private func optionalString(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8], _ accepted: @autoclosure () -> String
    ) throws(Fault) -> Text? {
        guard try isThere(parser, field, accepted()) else { return nil }
        let start = bytes.count
        parser.append(field, to: &bytes)
        return Text(start: start, count: bytes.count - start)
    }

    private func string(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8]
    ) throws(Fault) -> Text {
        guard let text = try optionalString(parser, field, &bytes, Self.stringAccepted) else { return .absent }
        if text.range.count > DecodingLimits.string {
            throw .outOfRange(field.name, "\(text.range.count) bytes", Self.stringAccepted)
        }
        return text
    }

    private func requiredString(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8], _ accepted: String
    ) throws(Fault) -> Text {
        guard let text = try optionalString(parser, field, &bytes, accepted) else {
            throw .missing(field.name, accepted)
        }
        if text.range.count > DecodingLimits.string {
            throw .outOfRange(field.name, "\(text.range.count) bytes", accepted)
        }
        return text
    }

    private static let stringAccepted = "a string of at most \(DecodingLimits.string) bytes"
    private static let attributesAccepted =
        "an object of at most \(DecodingLimits.attributes) strings, numbers, true, false or null"
    private static let tagsAccepted =
        "an array of at most \(DecodingLimits.tags) strings of 1 to \(DecodingLimits.string) bytes"
    private static let identityAccepted = "namespace:id, at most 192 bytes, namespace of a-z 0-9 _ -"

    /// Never quoted in a detail: it names a person.
    private func identity(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout [UInt8]
    ) throws(Fault) -> Text? {
        guard let text = try optionalString(parser, field, &bytes, Self.identityAccepted) else { return nil }
        if Identity.namespaceLength(bytes.span.extracting(text.range)) == nil {
            throw .outOfRange(field.name, "what is there", Self.identityAccepted)
        }
        return text
    }

    /// The customer of a record with whatever other fault; nothing is added where there is none to read.
    func readableCustomer(_ parser: borrowing Parser, _ bytes: inout [UInt8]) -> Text {
        let start = bytes.count
        if let customer = try? identity(parser, .customer, &bytes) { return customer }
        bytes.removeLast(bytes.count - start)
        return .absent
    }

    private func channel(_ parser: borrowing Parser, _ bytes: inout [UInt8]) throws(Fault) -> Text {
        let accepted = "1 to 32 of a-z 0-9 _ -"
        guard let text = try optionalString(parser, .channel, &bytes, accepted) else { return .absent }
        if text.range.count > 32 || !bytes[text.range].allSatisfy(Identity.isNameByte) {
            throw .outOfRange("channel", shown(bytes[text.range]), accepted)
        }
        return text
    }

    private func eventType(_ parser: borrowing Parser) throws(Fault) -> EventType {
        let accepted = "a type of the catalogue"
        guard try isThere(parser, .type, accepted) else { throw .missing("type", accepted) }
        guard let type = TypeNames.shared.find(parser.content(.type)) else {
            throw Fault(
                code: .unknownType, detail: "type: \(shown(parser.content(.type))) is unknown; accepted: \(accepted)")
        }
        return type
    }

    private func checkMode(_ parser: borrowing Parser) throws(Fault) {
        let accepted = "auto, manual, batch"
        guard try isThere(parser, .mode, accepted) else { return }
        let mode = copied(parser.content(.mode))
        if !["auto", "manual", "batch"].contains(where: { mode.elementsEqual($0.utf8) }) {
            throw .outOfRange("mode", shown(mode[...]), accepted)
        }
    }

    /// Checked, and not kept: what a person wrote is stored nowhere.
    private func checkText(_ parser: borrowing Parser) throws(Fault) { _ = try isThere(parser, .text, "a string") }

    // MARK: - Numbers

    /// Hands the literal of a number field to `use`; nil when it is absent.
    private func literal<Value>(
        _ parser: borrowing Parser, _ field: Parser.Field, _ accepted: @autoclosure () -> String,
        _ use: (Span<UInt8>) throws(Fault) -> Value
    ) throws(Fault) -> Value? {
        if !parser.has(field) { return nil }
        let kind = parser.kind(field)
        guard case .number = kind else { throw .wrongType(field.name, kind.description, accepted()) }
        return try use(parser.content(field))
    }

    /// A decimal within bounds (in whole units, inclusive), rounded half to even to `places`.
    private func decimal(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bounds: ClosedRange<Int64>, places: Int,
        _ accepted: String
    ) throws(Fault) -> Int64? {
        try literal(parser, field, accepted) { (literal) throws(Fault) -> Int64 in
            guard Self.isWithin(bounds, literal), let value = Decimal.scaled(literal, places: places) else {
                throw .outOfRange(field.name, shown(literal), accepted)
            }
            return value
        }
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

    /// The value of a literal without point and exponent, nil where it does not fit.
    private static func integer(_ literal: Span<UInt8>) -> Int64? {
        let sign: Int64 = literal[0] == UInt8(ascii: "-") ? -1 : 1
        var value: Int64 = 0
        // Eighteen digits always fit.
        if literal.count <= 18, sign > 0 {
            for index in literal.indices { value = value &* 10 &+ Int64(literal[index] &- UInt8(ascii: "0")) }
            return value
        }
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
        let instant: Int64
        if case .string = parser.kind(.occurredAt) {
            _ = try isThere(parser, .occurredAt, accepted)
            guard let parsed = Timestamp.parse(parser.content(.occurredAt)) else {
                throw badTimestamp(parser.content(.occurredAt), accepted)
            }
            instant = parsed
        } else {
            let number = try literal(parser, .occurredAt, accepted) { (literal) throws(Fault) -> Int64 in
                guard Self.isInteger(literal), let value = Self.integer(literal) else {
                    throw badTimestamp(literal, accepted)
                }
                return value
            }
            guard let number else { throw .missing("occurred_at", accepted) }
            instant = number
        }
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

    private func readAmounts(
        _ parser: borrowing Parser, _ event: inout Interaction
    ) throws(Fault) {
        if let amount = try decimal(
            parser, .amount, 0...DecodingLimits.greatestNumber, places: 2, "a number from 0 to 1e9")
        {
            event.amount = amount
            event.fields.insert(.amount)
        } else if event.type == .purchase || event.type == .repay {
            event.fields.insert(.amount)  // absent means nothing was paid
        }
        let isAdjustment = event.type == .pointsAdjust
        let accepted =
            isAdjustment ? "a whole number but 0, at most 2147483647 either way" : "a whole number from 1 to 2147483647"
        let quantity = try literal(parser, .quantity, accepted) { (literal) throws(Fault) -> Int64 in
            guard Self.isInteger(literal) else { throw .wrongType("quantity", shown(literal), accepted) }
            guard let value = Self.integer(literal), value != 0, value <= Int64(Int32.max),
                value >= (isAdjustment ? -Int64(Int32.max) : 1)
            else { throw .outOfRange("quantity", shown(literal), accepted) }
            return value
        }
        if let quantity {
            event.quantity = quantity
            event.fields.insert(.quantity)
        }
    }

    private func readOpinions(
        _ parser: borrowing Parser, _ event: inout Interaction
    ) throws(Fault) {
        if let rating = try decimal(parser, .rating, 1...5, places: 2, "a number from 1 to 5") {
            event.rating = Int16(rating)
            event.fields.insert(.rating)
        }
        if let sentiment = try decimal(parser, .sentiment, -1...1, places: 3, "a number from -1 to 1") {
            event.sentiment = Int16(sentiment)
            event.fields.insert(.sentiment)
        }
        if let duration = try decimal(
            parser, .duration, 0...DecodingLimits.greatestNumber, places: 3, "a number of seconds from 0 to 1e9"
        ) {
            event.duration = duration
            event.fields.insert(.duration)
        }
    }

    // MARK: - Lists

    private func readAttributes(
        _ parser: borrowing Parser, _ type: EventType, _ batch: inout InteractionBatch
    ) throws(Fault) {
        let accepted = Self.attributesAccepted
        let kind = parser.kind(.attributes)
        switch kind {
        case .absent, .null: return
        case .object: break
        default: throw .wrongType("attributes", kind.description, accepted)
        }
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
        switch kind {
        case .absent, .null: return
        case .array: break
        default: throw .wrongType("tags", kind.description, accepted)
        }
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

    private func require(_ event: Interaction, _ parser: borrowing Parser) throws(Fault) {
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
