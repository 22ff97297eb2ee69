import Interactions

extension [UInt8] {
    /// Unsigned LEB128.
    @inline(__always) mutating func append(varint value: UInt64) {
        append(addingCapacity: 10) { $0.append(varint: value) }
    }

    /// Zigzag, then LEB128.
    @inline(__always) mutating func append(signed value: Int64) {
        append(varint: UInt64(bitPattern: value &<< 1 ^ value &>> 63))
    }

    /// One byte for nil, or one and the value.
    mutating func append(optional value: Int64?) {
        append(value == nil ? 0 : 1)
        if let value { append(signed: value) }
    }

    /// Eight bytes, little-endian.
    @inline(__always) mutating func append(word value: UInt64) {
        append(addingCapacity: 8) { $0.append(word: value) }
    }

    mutating func append(moment: Moment) {
        append(signed: moment.time)
        append(word: moment.hash)
    }
}

/// The same where room for all that comes was made before: nothing is asked for each byte.
extension OutputSpan<UInt8> {
    @inline(__always) mutating func append(varint value: UInt64) {
        var value = value
        while value >= 0x80 {
            append(UInt8(truncatingIfNeeded: value) | 0x80)
            value &>>= 7
        }
        append(UInt8(truncatingIfNeeded: value))
    }

    @inline(__always) mutating func append(signed value: Int64) {
        append(varint: UInt64(bitPattern: value &<< 1 ^ value &>> 63))
    }

    @inline(__always) mutating func append(word value: UInt64) {
        for shift in 0..<8 { append(UInt8(truncatingIfNeeded: value &>> UInt64(shift * 8))) }
    }
}

extension OutputSpan<UInt8> {
    /// Bytes as they are.
    @inline(__always) mutating func append(copying source: Span<UInt8>) {
        for index in source.indices { append(source[index]) }
    }

    /// The same for many: room that is filled before can be copied over at once.
    @inline(__always) mutating func append(copyingAll source: Span<UInt8>) {
        let start = count
        append(repeating: 0, count: source.count)
        var all = mutableSpan
        for index in source.indices { all[start &+ index] = source[index] }
    }
}

/// Reads what the extensions above write; every read is checked, so no bytes can make it trap.
struct ByteReader: ~Escapable {
    let bytes: Span<UInt8>
    private var position = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }
    var left: Int { bytes.count - position }

    @inline(__always) mutating func byte() throws(EncodingError) -> UInt8 {
        if position >= bytes.count { throw .malformed }
        defer { position += 1 }
        return bytes[position]
    }

    @inline(__always) mutating func varint() throws(EncodingError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try byte()
            value |= UInt64(byte & 0x7f) &<< shift
            if byte < 0x80 { return value }
            shift += 7
            if shift > 63 { throw .malformed }
        }
    }

    @inline(__always) mutating func signed() throws(EncodingError) -> Int64 {
        let value = try varint()
        return Int64(bitPattern: value &>> 1) ^ -Int64(value & 1)
    }

    mutating func optional() throws(EncodingError) -> Int64? {
        switch try byte() {
        case 0: nil
        case 1: try signed()
        default: throw .malformed
        }
    }

    @inline(__always) mutating func word() throws(EncodingError) -> UInt64 {
        bytes.word(at: try range(8).lowerBound)
    }

    /// A number of things of at least one byte each, so never more than the bytes that are left.
    @inline(__always) mutating func count() throws(EncodingError) -> Int {
        let value = try varint()
        if value > UInt64(bytes.count - position) { throw .malformed }
        return Int(value)
    }

    @inline(__always) mutating func range(_ count: Int) throws(EncodingError) -> Range<Int> {
        if count > bytes.count - position { throw .malformed }
        defer { position += count }
        return position..<position + count
    }

    @inline(__always) mutating func string(_ pool: StringPool) throws(EncodingError) -> StringPool.ID {
        try string(try varint(), pool)
    }

    @inline(__always) func string(_ number: UInt64, _ pool: StringPool) throws(EncodingError) -> StringPool.ID {
        if number >= UInt64(pool.count) { throw .malformed }
        return StringPool.ID(number)
    }

    mutating func type() throws(EncodingError) -> EventType {
        guard let type = EventType(rawValue: try byte()) else { throw .malformed }
        return type
    }

    mutating func moment() throws(EncodingError) -> Moment {
        Moment(time: try signed(), hash: try word())
    }
}
