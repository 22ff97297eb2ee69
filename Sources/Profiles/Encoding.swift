import Interactions

// The stored form of a profile. First byte: format version. Then, in this order: newest, dropped, strings, timeline,
// departed tables, registers. Integers are LEB128 varints, zigzag where they may be negative; times are distances to
// `newest` or to the entry before, so they are short. Equal profiles have equal bytes because the profile is made
// canonical first; a field at its default is not written.

/// Bytes that are not a profile.
public enum EncodingError: Error, Equatable {
    /// The first byte names a format this program does not know: never guessed at.
    case unknownVersion(UInt8)
    /// The bytes end early or hold what no encoder writes.
    case malformed
}

extension Profile {
    public static let formatVersion: UInt8 = 1

    /// Appends the stored form of the profile, whose lists are brought into their order.
    public mutating func encode(into bytes: inout [UInt8]) {
        arrange()
        // The strings are numbered anew as they are written.
        let numbers = Numbering(self)
        // Sections in use: most profiles need the timeline alone.
        func section(_ bit: UInt64, _ isUsed: Bool) -> UInt64 { isUsed ? 1 << bit : 0 }
        var mask = section(0, newest != .min) | section(1, dropped != 0) | section(2, !departed.isEmpty)
        mask |= section(3, !dayTable.isEmpty) | section(4, !departedPurchases.isEmpty)
        mask |= section(5, olderPurchases != OlderPurchases()) | section(6, !orders.isEmpty)
        mask |= section(7, !registers.isEmpty) | section(8, !tags.isEmpty) | section(9, !attributes.isEmpty)
        mask |= section(10, !links.isEmpty) | section(11, !retractions.isEmpty) | section(12, !points.isEmpty)

        // What every profile has is written into room made for all of it: to ask for each byte costs more.
        let most =
            42 + numbers.count * 10 + strings.bytes.count + identities.count * 20 + entries.count * Self.entryBytes
        bytes.append(addingCapacity: most) { bytes in
            bytes.append(Self.formatVersion)
            bytes.append(signed: newest == .min ? 0 : newest)
            bytes.append(varint: mask)
            encodeStrings(numbers, into: &bytes)
            bytes.append(varint: UInt64(identities.count))
            for identity in identities {
                let number = UInt64(numbers.new(identity.identity))
                bytes.append(varint: number << 1 | (identity.erasedUntil == .min ? 0 : 1))
                if identity.erasedUntil != .min { bytes.append(signed: identity.erasedUntil) }
            }
            encodeTimeline(numbers, into: &bytes)
        }
        if dropped != 0 { bytes.append(signed: dropped) }
        encodeDeparted(numbers, into: &bytes)
        encodeRegisters(numbers, into: &bytes)
        if !points.isEmpty { points.encode(into: &bytes) }
    }

    /// Reads a stored profile.
    public init(decoding bytes: Span<UInt8>) throws(EncodingError) {
        try decode(bytes)
    }

    private mutating func decode(_ bytes: Span<UInt8>) throws(EncodingError) {
        var reader = ByteReader(bytes)
        let version = try reader.byte()
        if version != Self.formatVersion { throw .unknownVersion(version) }
        newest = try reader.signed()
        let mask = try reader.varint()
        if mask >> 13 != 0 { throw .malformed }
        func has(_ bit: UInt64) -> Bool { mask >> bit & 1 == 1 }
        if !has(0) { newest = .min }
        try decodeStrings(&reader)
        for _ in 0..<(try reader.count()) {
            let word = try reader.varint()
            var identity = IdentityRegister(identity: try reader.string(word >> 1, strings))
            if word & 1 == 1 { identity.erasedUntil = try reader.signed() }
            identities.append(identity)
        }
        try decodeTimeline(&reader)
        if has(1) { dropped = try reader.signed() }
        if has(2) { try decodeDepartures(&reader) }
        if has(3) { try decodeDayTable(&reader) }
        if has(4) { try decodePurchaseDays(&reader) }
        if has(5) { try decodeOlderPurchases(&reader) }
        if has(6) { try decodeOrders(&reader) }
        if has(7) { try decodeFacts(&reader) }
        if has(8) { tags = try decodeNamed(&reader) }
        if has(9) { attributes = try decodeNamed(&reader) }
        if has(10) { try decodeLinks(&reader) }
        if has(11) { try decodeRetractions(&reader) }
        if has(12) { points = try PointsAccount(&reader) }
        if !reader.isAtEnd { throw .malformed }
    }

    // Mutating, though they change nothing: in a closure of a method that does, others get a copy of the profile.

    /// Their lengths, then all their bytes.
    private mutating func encodeStrings(_ numbers: borrowing Numbering, into bytes: inout OutputSpan<UInt8>) {
        bytes.append(varint: UInt64(numbers.count - 1))
        for number in 1..<numbers.count { bytes.append(varint: UInt64(strings.range(numbers.old(number)).count)) }
        let source = strings.bytes.span
        for number in 1..<numbers.count { bytes.append(copying: source.extracting(strings.range(numbers.old(number)))) }
    }

    private mutating func decodeStrings(_ reader: inout ByteReader) throws(EncodingError) {
        let count = try reader.count()
        if count >= StringPool.maximumCount { throw .malformed }
        // The lengths come first, then all the bytes.
        var lengths = reader
        var total = 0
        for _ in 0..<count { total += try reader.count() }
        let range = try reader.range(total)
        strings = try StringPool(count, in: reader.bytes.extracting(range)) { () throws(EncodingError) in
            try lengths.count()
        }
    }
}

// MARK: - Timeline

/// Which fields of an entry are written; the usual ones have the low bits, so the mask is mostly one byte.
private enum Field {
    static let channel: UInt64 = 1
    static let item: UInt64 = 2
    static let category: UInt64 = 4
    static let brand: UInt64 = 8
    static let amount: UInt64 = 16
    static let campaign: UInt64 = 32
    static let channelGiven: UInt64 = 64
    static let order: UInt64 = 1 << 7
    static let quantity: UInt64 = 1 << 8
    static let rating: UInt64 = 1 << 9
    static let coupon: UInt64 = 1 << 10
    static let city: UInt64 = 1 << 11
    static let sentiment: UInt64 = 1 << 12
    static let duration: UInt64 = 1 << 13
    static let ask: UInt64 = 1 << 14
    static let referrer: UInt64 = 1 << 15
    /// Not the first identity.
    static let identity: UInt64 = 1 << 16
    static let retracted: UInt64 = 1 << 17
    static let settled: UInt64 = 1 << 18
    static let all: UInt64 = 1 << 19 - 1

    /// Of most entries there is none of these.
    static let rareNames = campaign | order | coupon | city | ask | referrer | identity
    static let numbers = amount | quantity | rating | sentiment | duration

    /// What of an entry is written.
    @inline(__always) static func mask(of entry: Entry, firstIdentity: StringPool.ID) -> UInt64 {
        func given(_ name: StringPool.ID, _ field: UInt64) -> UInt64 { name == StringPool.absent ? 0 : field }
        func given(_ flag: Entry.Flags, _ field: UInt64) -> UInt64 { entry.flags.contains(flag) ? field : 0 }
        var mask = given(entry.channel, channel) | given(entry.item, item) | given(entry.category, category)
        mask |= given(entry.brand, brand) | given(entry.campaign, campaign) | given(entry.order, order)
        mask |= given(entry.coupon, coupon) | given(entry.city, city) | given(entry.ask, ask)
        mask |= given(entry.referrer, referrer) | (entry.identity == firstIdentity ? 0 : identity)
        if entry.flags.isEmpty { return mask }
        mask |= given(.amount, amount) | given(.quantity, quantity) | given(.rating, rating)
        mask |= given(.sentiment, sentiment) | given(.duration, duration) | given(.channel, channelGiven)
        return mask | given(.retracted, retracted) | given(.settled, settled)
    }
}

extension Profile {
    /// What an entry takes at most, with the number and count of its type before it: time and two amounts of ten bytes,
    /// the hash of eight, eleven strings of three, three small numbers of five, and the mask.
    private static let entryBytes = 3 * 10 + 8 + 11 * 3 + 3 * 5 + 3 + 7

    private mutating func encodeTimeline(_ numbers: borrowing Numbering, into bytes: inout OutputSpan<UInt8>) {
        let entries = entries.span
        let firstIdentity = identities.first?.identity ?? StringPool.absent
        func name(_ id: StringPool.ID, _ bytes: inout OutputSpan<UInt8>) {
            bytes.append(varint: UInt64(numbers.new(id)))
        }
        var start = 0
        while start < entries.count {
            let type = entries[start].type
            var end = start + 1
            while end < entries.count, entries[end].type == type { end += 1 }
            bytes.append(type.rawValue)
            bytes.append(varint: UInt64(end - start))
            var previous: Int64?
            for index in start..<end {
                let entry = entries[index]
                bytes.append(varint: UInt64(bitPattern: previous.map { entry.time &- $0 } ?? (newest &- entry.time)))
                previous = entry.time
                bytes.append(word: entry.hash)
                let mask = Field.mask(of: entry, firstIdentity: firstIdentity)
                bytes.append(varint: mask)
                if entry.channel != 0 { name(entry.channel, &bytes) }
                if entry.item != 0 { name(entry.item, &bytes) }
                if entry.category != 0 { name(entry.category, &bytes) }
                if entry.brand != 0 { name(entry.brand, &bytes) }
                if mask & Field.rareNames != 0 {
                    if entry.campaign != 0 { name(entry.campaign, &bytes) }
                    if entry.order != 0 { name(entry.order, &bytes) }
                    if entry.coupon != 0 { name(entry.coupon, &bytes) }
                    if entry.city != 0 { name(entry.city, &bytes) }
                    if entry.ask != 0 { name(entry.ask, &bytes) }
                    if entry.referrer != 0 { name(entry.referrer, &bytes) }
                    if entry.identity != firstIdentity { name(entry.identity, &bytes) }
                }
                if mask & Field.numbers != 0 {
                    if entry.flags.contains(.amount) { bytes.append(signed: entry.amount) }
                    if entry.flags.contains(.quantity) { bytes.append(signed: Int64(entry.quantity)) }
                    if entry.flags.contains(.rating) { bytes.append(signed: Int64(entry.rating)) }
                    if entry.flags.contains(.sentiment) { bytes.append(signed: Int64(entry.sentiment)) }
                    if entry.flags.contains(.duration) { bytes.append(signed: entry.duration) }
                }
            }
            start = end
        }
        bytes.append(0)  // no type has this number: the timeline ends
    }

    private mutating func decodeTimeline(_ reader: inout ByteReader) throws(EncodingError) {
        let firstIdentity = identities.first?.identity ?? StringPool.absent
        while true {
            let raw = try reader.byte()
            if raw == 0 { return }
            guard let type = EventType(rawValue: raw) else { throw .malformed }
            let count = try reader.count()
            // Once for all types: an entry takes fourteen bytes or more, and one or two are about to come.
            if entries.isEmpty { entries.reserveCapacity(min(reader.left / 14, 1 << 12) + 2) }
            var previous: Int64?
            for _ in 0..<count {
                let distance = Int64(bitPattern: try reader.varint())
                let time = previous.map { $0 &+ distance } ?? (newest &- distance)
                previous = time
                var entry = Entry(type: type, time: time, hash: try reader.word())
                let mask = try reader.varint()
                if mask & ~Field.all != 0 { throw .malformed }
                if mask & Field.channel != 0 { entry.channel = try reader.string(strings) }
                if mask & Field.item != 0 { entry.item = try reader.string(strings) }
                if mask & Field.category != 0 { entry.category = try reader.string(strings) }
                if mask & Field.brand != 0 { entry.brand = try reader.string(strings) }
                entry.identity = firstIdentity
                if mask & Field.rareNames != 0 {
                    if mask & Field.campaign != 0 { entry.campaign = try reader.string(strings) }
                    if mask & Field.order != 0 { entry.order = try reader.string(strings) }
                    if mask & Field.coupon != 0 { entry.coupon = try reader.string(strings) }
                    if mask & Field.city != 0 { entry.city = try reader.string(strings) }
                    if mask & Field.ask != 0 { entry.ask = try reader.string(strings) }
                    if mask & Field.referrer != 0 { entry.referrer = try reader.string(strings) }
                    if mask & Field.identity != 0 { entry.identity = try reader.string(strings) }
                }
                if mask & Field.numbers != 0 { try Self.decodeNumbers(of: &entry, mask, &reader) }
                if mask & Field.channelGiven != 0 { entry.flags.insert(.channel) }
                if mask & Field.retracted != 0 { entry.flags.insert(.retracted) }
                if mask & Field.settled != 0 { entry.flags.insert(.settled) }
                entries.append(entry)
            }
        }
    }

    private static func decodeNumbers(
        of entry: inout Entry, _ mask: UInt64, _ reader: inout ByteReader
    ) throws(EncodingError) {
        if mask & Field.amount != 0 {
            entry.flags.insert(.amount)
            entry.amount = try reader.signed()
        }
        if mask & Field.quantity != 0 {
            entry.flags.insert(.quantity)
            entry.quantity = Int32(clamping: try reader.signed())
        }
        if mask & Field.rating != 0 {
            entry.flags.insert(.rating)
            entry.rating = Int16(clamping: try reader.signed())
        }
        if mask & Field.sentiment != 0 {
            entry.flags.insert(.sentiment)
            entry.sentiment = Int16(clamping: try reader.signed())
        }
        if mask & Field.duration != 0 {
            entry.flags.insert(.duration)
            entry.duration = try reader.signed()
        }
    }
}

// MARK: - Departed

extension Profile {
    private func encodeDeparted(_ numbers: borrowing Numbering, into bytes: inout [UInt8]) {
        if !departed.isEmpty {
            bytes.append(varint: UInt64(departed.count))
            for departure in departed {
                bytes.append(departure.type.rawValue)
                bytes.append(signed: departure.exactSince)
                bytes.append(optional: departure.first)
                bytes.append(optional: departure.last)
            }
        }
        if !dayTable.isEmpty {
            Self.encode(dayTable.days, into: &bytes)
            Self.encode(dayTable.months, into: &bytes)
            Self.encode(dayTable.totals, into: &bytes)
        }
        if !departedPurchases.isEmpty {
            bytes.append(varint: UInt64(departedPurchases.count))
            var previous: Int32 = 0
            for day in departedPurchases {
                bytes.append(signed: Int64(day.day - previous))
                previous = day.day
                bytes.append(signed: day.orders)
                bytes.append(signed: day.net)
            }
        }
        if olderPurchases != OlderPurchases() {
            bytes.append(signed: olderPurchases.days)
            bytes.append(signed: olderPurchases.orders)
            bytes.append(signed: olderPurchases.net)
            bytes.append(signed: Int64(olderPurchases.firstDay))
            bytes.append(signed: Int64(olderPurchases.lastDay))
            bytes.append(optional: olderPurchases.first)
            bytes.append(optional: olderPurchases.last)
        }
        if !orders.isEmpty {
            bytes.append(varint: UInt64(orders.count))
            for order in orders {
                let number = UInt64(numbers.new(order.order))
                bytes.append(varint: number << 2 | (order.isOpen ? 2 : 0) | (order.isNamed ? 1 : 0))
                bytes.append(signed: order.refunded)
                bytes.append(signed: order.taken)
                bytes.append(signed: order.time)
            }
        }
    }

    private static func encode(_ rows: [DayRow], into bytes: inout [UInt8]) {
        bytes.append(varint: UInt64(rows.count))
        var previous: Int32 = 0
        for row in rows {
            bytes.append(signed: Int64(row.bucket - previous))
            previous = row.bucket
            bytes.append(row.type.rawValue)
            let values = [
                row.count, row.amount, row.quantity, row.duration, row.ratings, row.rated, row.positive, row.negative,
                row.praised,
            ]
            var mask: UInt64 = 0
            for (bit, value) in values.enumerated() where value != 0 { mask |= 1 << UInt64(bit) }
            bytes.append(varint: mask)
            for value in values where value != 0 { bytes.append(signed: value) }
        }
    }

    private mutating func decodeDepartures(_ reader: inout ByteReader) throws(EncodingError) {
        for _ in 0..<(try reader.count()) {
            departed.append(
                Departure(
                    type: try reader.type(), exactSince: try reader.signed(), first: try reader.optional(),
                    last: try reader.optional()))
        }
    }

    private mutating func decodeDayTable(_ reader: inout ByteReader) throws(EncodingError) {
        func rows(_ reader: inout ByteReader) throws(EncodingError) -> [DayRow] {
            var rows: [DayRow] = []
            var previous: Int32 = 0
            for _ in 0..<(try reader.count()) {
                previous = previous &+ Int32(truncatingIfNeeded: try reader.signed())
                var row = DayRow(bucket: previous, type: try reader.type())
                let mask = try reader.varint()
                if mask >> 9 != 0 { throw .malformed }
                func value(_ bit: UInt64, _ reader: inout ByteReader) throws(EncodingError) -> Int64 {
                    mask >> bit & 1 == 1 ? try reader.signed() : 0
                }
                row.count = try value(0, &reader)
                row.amount = try value(1, &reader)
                row.quantity = try value(2, &reader)
                row.duration = try value(3, &reader)
                row.ratings = try value(4, &reader)
                row.rated = try value(5, &reader)
                row.positive = try value(6, &reader)
                row.negative = try value(7, &reader)
                row.praised = try value(8, &reader)
                rows.append(row)
            }
            return rows
        }
        dayTable.days = try rows(&reader)
        dayTable.months = try rows(&reader)
        dayTable.totals = try rows(&reader)
    }

    private mutating func decodePurchaseDays(_ reader: inout ByteReader) throws(EncodingError) {
        var previous: Int32 = 0
        for _ in 0..<(try reader.count()) {
            previous = previous &+ Int32(truncatingIfNeeded: try reader.signed())
            departedPurchases.append(
                PurchaseDay(day: previous, orders: try reader.signed(), net: try reader.signed()))
        }
    }

    private mutating func decodeOlderPurchases(_ reader: inout ByteReader) throws(EncodingError) {
        olderPurchases.days = try reader.signed()
        olderPurchases.orders = try reader.signed()
        olderPurchases.net = try reader.signed()
        olderPurchases.firstDay = Int32(truncatingIfNeeded: try reader.signed())
        olderPurchases.lastDay = Int32(truncatingIfNeeded: try reader.signed())
        olderPurchases.first = try reader.optional()
        olderPurchases.last = try reader.optional()
    }

    private mutating func decodeOrders(_ reader: inout ByteReader) throws(EncodingError) {
        for _ in 0..<(try reader.count()) {
            let word = try reader.varint()
            var order = OrderAccount(order: try reader.string(word >> 2, strings), time: 0)
            order.isOpen = word & 2 != 0
            order.isNamed = word & 1 != 0
            order.refunded = try reader.signed()
            order.taken = try reader.signed()
            order.time = try reader.signed()
            orders.append(order)
        }
    }
}

// MARK: - Registers

extension Profile {
    private func encodeRegisters(_ numbers: borrowing Numbering, into bytes: inout [UInt8]) {
        if !registers.isEmpty {
            bytes.append(varint: UInt64(registers.count))
            for register in registers {
                bytes.append(register.fact.rawValue << 1 | (register.holds ? 1 : 0))
                bytes.append(varint: UInt64(numbers.new(register.channel)))
                bytes.append(moment: register.moment)
            }
        }
        if !tags.isEmpty { Self.encode(tags, numbers, into: &bytes) }
        if !attributes.isEmpty { Self.encode(attributes, numbers, into: &bytes) }
        if !links.isEmpty {
            bytes.append(varint: UInt64(links.count))
            for link in links {
                bytes.append(varint: UInt64(numbers.new(link.a)) << 1 | (link.isLinked ? 1 : 0))
                bytes.append(varint: UInt64(numbers.new(link.b)))
                bytes.append(moment: link.moment)
            }
        }
        if !retractions.isEmpty {
            bytes.append(varint: UInt64(retractions.count))
            for retraction in retractions {
                bytes.append(word: retraction.target)
                bytes.append(moment: retraction.moment)
            }
        }
    }

    private static func encode(
        _ named: [NamedRegister], _ numbers: borrowing Numbering, into bytes: inout [UInt8]
    ) {
        bytes.append(varint: UInt64(named.count))
        for register in named {
            bytes.append(varint: UInt64(numbers.new(register.name)))
            bytes.append(moment: register.moment)
            switch register.value {
            case .removed: bytes.append(0)
            case .tag: bytes.append(1)
            case .boolean(let value): bytes.append(value ? 3 : 2)
            case .number(let value):
                bytes.append(4)
                bytes.append(word: value.bitPattern)
            case .text(let text):
                bytes.append(5)
                bytes.append(varint: UInt64(numbers.new(text)))
            }
        }
    }

    private mutating func decodeFacts(_ reader: inout ByteReader) throws(EncodingError) {
        for _ in 0..<(try reader.count()) {
            let byte = try reader.byte()
            guard let fact = Fact(rawValue: byte >> 1) else { throw .malformed }
            registers.append(
                Register(
                    fact: fact, channel: try reader.string(strings), holds: byte & 1 == 1, moment: try reader.moment()))
        }
    }

    private func decodeNamed(_ reader: inout ByteReader) throws(EncodingError) -> [NamedRegister] {
        var named: [NamedRegister] = []
        for _ in 0..<(try reader.count()) {
            let name = try reader.string(strings)
            let moment = try reader.moment()
            let value: NamedRegister.Value
            switch try reader.byte() {
            case 0: value = .removed
            case 1: value = .tag
            case 2: value = .boolean(false)
            case 3: value = .boolean(true)
            case 4: value = .number(Double(bitPattern: try reader.word()))
            case 5: value = .text(try reader.string(strings))
            default: throw .malformed
            }
            named.append(NamedRegister(name: name, value: value, moment: moment))
        }
        return named
    }

    private mutating func decodeLinks(_ reader: inout ByteReader) throws(EncodingError) {
        for _ in 0..<(try reader.count()) {
            let word = try reader.varint()
            links.append(
                LinkRegister(
                    a: try reader.string(word >> 1, strings), b: try reader.string(strings), isLinked: word & 1 == 1,
                    moment: try reader.moment()))
        }
    }

    private mutating func decodeRetractions(_ reader: inout ByteReader) throws(EncodingError) {
        for _ in 0..<(try reader.count()) {
            retractions.append(WaitingRetraction(target: try reader.word(), moment: try reader.moment()))
        }
    }
}
