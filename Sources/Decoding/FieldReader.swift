import Interactions

/// Reads the fields of one record in the order of the contract, checking each.
struct FieldReader {
    let now: Int64
    let limits: DecodingLimits
    let key: HashKey
    /// Where the strings of the record begin in the arena of the batch.
    let start: Int

    /// Adds the interaction to `batch`, with its strings and settings; some of it too where a fault is thrown.
    ///
    /// - Parameter count: bytes of the record; its strings have no more.
    func read(
        _ parser: borrowing Parser, record: UInt32, of count: Int, into batch: inout InteractionBatch
    ) throws(Fault) {
        try Self.read(self, parser, record, count, &batch.bytes, &batch.settings, &batch.interactions)
    }

    private static func read(
        _ reader: FieldReader, _ parser: borrowing Parser, _ record: UInt32, _ count: Int, _ bytes: inout [UInt8],
        _ settings: inout [Setting], _ interactions: inout [Interaction]
    ) throws(Fault) {
        // Room for all strings is made once.
        try bytes.append(addingCapacity: count + OutputSpan<UInt8>.block) { bytes throws(Fault) in
            let namespace = try reader.begin(parser, record, &bytes, &interactions)
            // Filled where it stands: a whole event that is copied right after it was made is waited for.
            try reader.finish(parser, &interactions[interactions.count - 1], namespace, &bytes, &settings)
        }
    }

    /// Adds an interaction of what every event has, and returns the length of the customer's namespace.
    private func begin(
        _ parser: borrowing Parser, _ record: UInt32, _ bytes: inout OutputSpan<UInt8>,
        _ interactions: inout [Interaction]
    ) throws(Fault) -> Int {
        guard parser.has(.eventID) else { throw .missing("event_id", Self.eventIDAccepted) }
        let eventID = try string(parser, .eventID, &bytes, Self.eventIDAccepted)
        let type = try eventType(parser)
        let occurredAt = try occurredAt(parser)
        guard parser.has(.customer) else { throw .missing("customer", Self.identityAccepted) }
        let (customer, namespace) = try identity(parser, .customer, &bytes)
        let hash = key.event(customer: parser.content(.customer), eventID: parser.content(.eventID))
        interactions.append(Interaction(type: type, occurredAt: occurredAt, hash: hash, stringsFrom: start))
        let last = interactions.count - 1
        interactions[last].record = record
        interactions[last].eventID = eventID
        interactions[last].customer = customer
        return namespace
    }

    /// Reads the other fields.
    private func finish(
        _ parser: borrowing Parser, _ event: inout Interaction, _ namespace: Int,
        _ bytes: inout OutputSpan<UInt8>, _ settings: inout [Setting]
    ) throws(Fault) {
        let first = settings.count
        // Most are missing: only those that are there cost anything.
        var rest = parser.present(after: .customer)
        while let field = rest.next() { try read(field, parser, &event, &bytes, &settings) }
        if !event.fields.contains(.channel), event.type != .optIn, event.type != .optOut {
            // Consent without a channel concerns all of them; anything else happened where the customer is known.
            event.channel = Text(start: Int(event.customer.start), count: namespace)
        }
        // Absent means that nothing was paid.
        if event.type == .purchase || event.type == .repay { event.fields.insert(.amount) }
        event.settings = UInt32(first)..<UInt32(settings.count)
        try require(event)
    }

    /// Reads a field that is there into `event`.
    private func read(
        _ field: Parser.Field, _ parser: borrowing Parser, _ event: inout Interaction,
        _ bytes: inout OutputSpan<UInt8>, _ settings: inout [Setting]
    ) throws(Fault) {
        switch field {
        case .eventID, .type, .occurredAt, .customer: break
        case .channel:
            event.channel = try channel(parser, &bytes)
            event.fields.insert(.channel)
        case .amount:
            event.amount = try decimal(
                parser, field, 0...DecodingLimits.greatestNumber, places: 2, "a number from 0 to 1e9")
            event.fields.insert(.amount)
        case .quantity:
            event.quantity = try quantity(parser, event.type)
            event.fields.insert(.quantity)
        case .item: event.item = try string(parser, field, &bytes)
        case .category: event.category = try string(parser, field, &bytes)
        case .brand: event.brand = try string(parser, field, &bytes)
        case .campaign: event.campaign = try string(parser, field, &bytes)
        case .community: event.community = try string(parser, field, &bytes)
        case .order: event.order = try string(parser, field, &bytes)
        case .coupon: event.coupon = try string(parser, field, &bytes)
        case .city: event.city = try string(parser, field, &bytes)
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
        case .target: event.target = try identity(parser, field, &bytes).name
        case .referrer: event.referrer = try identity(parser, field, &bytes).name
        case .refersTo: event.refersTo = try string(parser, field, &bytes)
        case .ask: event.ask = try string(parser, field, &bytes)
        case .mode: try checkMode(parser)
        // Checked, and not kept: what a person wrote is stored nowhere.
        case .text: try checkIsString(parser, field, "a string")
        case .attributes: try readAttributes(parser, event.type, &bytes, &settings)
        case .tags: try readTags(parser, event.type, &bytes, &settings)
        }
    }

    // MARK: - Strings

    @inline(__always) private func checkIsString(
        _ parser: borrowing Parser, _ field: Parser.Field, _ accepted: @autoclosure () -> String
    ) throws(Fault) {
        if !parser.isText(field) { throw noString(field, parser.kind(field), accepted()) }
    }

    private func noString(_ field: Parser.Field, _ kind: Parser.Kind, _ accepted: String) -> Fault {
        guard case .string = kind else { return .wrongType(field.name, kind.description, accepted) }
        return .outOfRange(field.name, "U+0000", accepted)
    }

    /// Keeps the content of a string.
    @inline(__always) private func keep(_ content: Span<UInt8>, _ bytes: inout OutputSpan<UInt8>) -> Text {
        let text = Text(start: start + bytes.count, count: content.count)
        bytes.append(block: content)
        return text
    }

    private func string(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout OutputSpan<UInt8>,
        _ accepted: @autoclosure () -> String = Self.stringAccepted
    ) throws(Fault) -> Text {
        try checkIsString(parser, field, accepted())
        let content = parser.content(field)
        if content.count > DecodingLimits.string {
            throw .outOfRange(field.name, "\(content.count) bytes", accepted())
        }
        return keep(content, &bytes)
    }

    private static let eventIDAccepted = "a string of 1 to 128 bytes"
    private static let stringAccepted = "a string of at most \(DecodingLimits.string) bytes"
    private static let attributesAccepted =
        "an object of at most \(DecodingLimits.attributes) strings, numbers, true, false or null"
    private static let tagsAccepted =
        "an array of at most \(DecodingLimits.tags) strings of 1 to \(DecodingLimits.string) bytes"
    private static let identityAccepted = "namespace:id, at most 192 bytes, namespace of a-z 0-9 _ -"

    /// A name of somebody and the length of its namespace. Never quoted in a detail: it names a person.
    private func identity(
        _ parser: borrowing Parser, _ field: Parser.Field, _ bytes: inout OutputSpan<UInt8>
    ) throws(Fault) -> (name: Text, namespace: Int) {
        try checkIsString(parser, field, Self.identityAccepted)
        let content = parser.content(field)
        guard let namespace = Identity.namespaceLength(content) else {
            throw .outOfRange(field.name, "what is there", Self.identityAccepted)
        }
        return (keep(content, &bytes), namespace)
    }

    /// The customer of a record with whatever other fault; nothing is added where there is none to read.
    func readableCustomer(_ parser: borrowing Parser, _ bytes: inout [UInt8]) -> Text {
        guard parser.has(.customer) else { return .absent }
        var customer = Text.absent
        bytes.append(addingCapacity: Identity.maximumBytes + OutputSpan<UInt8>.block) { bytes in
            if let readable = try? identity(parser, .customer, &bytes) { customer = readable.name }
        }
        return customer
    }

    private func channel(_ parser: borrowing Parser, _ bytes: inout OutputSpan<UInt8>) throws(Fault) -> Text {
        let accepted = "1 to 32 of a-z 0-9 _ -"
        try checkIsString(parser, .channel, accepted)
        let content = parser.content(.channel)
        if content.count > 32 || !Identity.isName(content) { throw .outOfRange("channel", shown(content), accepted) }
        return keep(content, &bytes)
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
            throw .outOfRange("mode", shown(parser.content(.mode)), accepted)
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
        if let natural = parser.natural(field), bounds.contains(natural) { return natural * Self.powers[places] }
        try checkIsNumber(parser, field, accepted())
        let literal = parser.content(field)
        guard Self.isWithin(bounds, literal), let value = Decimal.scaled(literal, places: places) else {
            throw .outOfRange(field.name, shown(literal), accepted())
        }
        return value
    }

    private func quantity(_ parser: borrowing Parser, _ type: EventType) throws(Fault) -> Int32 {
        if let natural = parser.natural(.quantity), (1...Int64(Int32.max)).contains(natural) { return Int32(natural) }
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

    private static let powers: [Int64] = [1, 10, 100, 1000]

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

    private func shown(_ span: Span<UInt8>) -> String { Decoding.shown(copied(span)[...]) }

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
        if !isInteger(literal) { return nil }
        var value: Int64 = 0
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
        guard parser.has(.occurredAt) else { throw .missing("occurred_at", accepted) }
        guard let instant = try instant(parser, accepted) else {
            throw badTimestamp(parser.content(.occurredAt), accepted)
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

    private func instant(_ parser: borrowing Parser, _ accepted: String) throws(Fault) -> Int64? {
        if let natural = parser.natural(.occurredAt) { return natural }
        if case .string = parser.kind(.occurredAt) {
            try checkIsString(parser, .occurredAt, accepted)
            return Timestamp.parse(parser.content(.occurredAt))
        }
        try checkIsNumber(parser, .occurredAt, accepted)
        return Self.integer(parser.content(.occurredAt))
    }

    // MARK: - Lists

    private func readAttributes(
        _ parser: borrowing Parser, _ type: EventType, _ bytes: inout OutputSpan<UInt8>, _ settings: inout [Setting]
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
            let name = try element("attributes", parser.attributeName(index), &bytes, DecodingLimits.string)
            let value: Setting.Value
            switch parser.attributeKind(index) {
            case .boolean(let boolean): value = .boolean(boolean)
            case .string:
                value = .text(
                    try element(
                        "attributes", parser.attribute(index), &bytes, DecodingLimits.attributeText, isEmptyFine: true))
            case .number:
                let literal = parser.attribute(index)
                let number = Double(String(decoding: copied(literal), as: UTF8.self)) ?? .infinity
                if !number.isFinite { throw .outOfRange("attributes", shown(literal), "numbers that fit a double") }
                value = .number(number)
            default: value = .none
            }
            if type == .attributesSet { settings.append(Setting(name: name, value: value)) }
        }
    }

    private func readTags(
        _ parser: borrowing Parser, _ type: EventType, _ bytes: inout OutputSpan<UInt8>, _ settings: inout [Setting]
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
            let name = try element("tags", parser.tag(index), &bytes, DecodingLimits.string)
            if type == .tagAdd || type == .tagRemove { settings.append(Setting(name: name, value: .none)) }
        }
    }

    private func element(
        _ field: String, _ content: Span<UInt8>, _ bytes: inout OutputSpan<UInt8>, _ limit: Int,
        isEmptyFine: Bool = false
    ) throws(Fault) -> Text {
        if content.count > limit || (content.isEmpty && !isEmptyFine) {
            throw .outOfRange(field, "\(content.count) bytes", "1 to \(limit) bytes")
        }
        for index in content.indices where content[index] == 0 {
            throw .outOfRange(field, "U+0000", "1 to \(limit) bytes without it")
        }
        return keep(content, &bytes)
    }

    // MARK: - Required by type

    private func require(_ event: borrowing Interaction) throws(Fault) {
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
