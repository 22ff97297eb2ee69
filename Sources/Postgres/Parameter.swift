/// A value that goes into a statement, as a parameter in binary: nothing is ever pasted into SQL text.
public enum Parameter: Sendable {
    case null
    case int(Int64)
    case text([UInt8])
    case bytes([UInt8])
    case ints([Int64])
    case texts([[UInt8]])

    /// A timestamp from Unix milliseconds.
    public static func instant(_ milliseconds: Int64) -> Parameter { .int(BinaryFormat.timestamp(milliseconds)) }
    public static func double(_ value: Double) -> Parameter { .int(Int64(bitPattern: value.bitPattern)) }
    public static func string(_ string: String) -> Parameter { .text(Array(string.utf8)) }
    public static func strings(_ strings: [String]) -> Parameter { .texts(strings.map { Array($0.utf8) }) }

    /// Nil for SQL NULL.
    var encoded: [UInt8]? {
        switch self {
        case .null: return nil
        case .int(let value):
            var bytes: [UInt8] = []
            bytes.append(bigEndian: value)
            return bytes
        case .text(let bytes), .bytes(let bytes): return bytes
        case .ints(let values):
            return Self.array(of: 20, values.count) { bytes in
                for value in values {
                    bytes.append(bigEndian: Int32(8))
                    bytes.append(bigEndian: value)
                }
            }
        case .texts(let values):
            return Self.array(of: 25, values.count) { bytes in
                for value in values {
                    bytes.append(bigEndian: Int32(value.count))
                    bytes.append(contentsOf: value)
                }
            }
        }
    }

    /// One dimension, no nulls, element type by object id.
    private static func array(of type: Int32, _ count: Int, _ elements: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(bigEndian: Int32(count == 0 ? 0 : 1))
        bytes.append(bigEndian: Int32(0))
        bytes.append(bigEndian: type)
        if count > 0 {
            bytes.append(bigEndian: Int32(count))
            bytes.append(bigEndian: Int32(1))
            elements(&bytes)
        }
        return bytes
    }
}

/// How PostgreSQL writes values in binary: big-endian, timestamps as microseconds since 2000-01-01.
public enum BinaryFormat {
    /// 2000-01-01T00:00:00Z in Unix milliseconds.
    private static let epoch: Int64 = 946_684_800_000

    public static func timestamp(_ milliseconds: Int64) -> Int64 {
        // `.max` and `.min` mean never and always, which PostgreSQL has values for.
        let (shifted, underflow) = milliseconds.subtractingReportingOverflow(epoch)
        let (micros, overflow) = shifted.multipliedReportingOverflow(by: 1000)
        return underflow || overflow ? (milliseconds > 0 ? .max : .min) : micros
    }

    public static func milliseconds(_ timestamp: Int64) -> Int64 {
        switch timestamp {
        case .max, .min: return timestamp
        default:
            let quotient = timestamp / 1000
            return (timestamp % 1000 < 0 ? quotient - 1 : quotient) + epoch
        }
    }
}

// Concrete widths: a generic one is not specialised across modules, and rows are written with it by the million.
// Several bytes at once, as each append asks whether there is room and whether the array is shared.
extension [UInt8] {
    public mutating func append(bigEndian value: Int64) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    public mutating func append(bigEndian value: Int32) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    public mutating func append(bigEndian value: Int16) {
        unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe append(contentsOf: $0) }
    }

    /// A field of binary COPY: its length, and the value.
    public mutating func append(field value: Int64) {
        let high = Int32(truncatingIfNeeded: value &>> 32)
        let low = Int32(truncatingIfNeeded: value)
        let words = (Int32(8).bigEndian, high.bigEndian, low.bigEndian)
        unsafe Swift.withUnsafeBytes(of: words) { unsafe append(contentsOf: $0) }
    }

    public mutating func append(field value: Int32) {
        let words = (Int32(4).bigEndian, value.bigEndian)
        unsafe Swift.withUnsafeBytes(of: words) { unsafe append(contentsOf: $0) }
    }
}

/// The same where there is room: each append asks for nothing else.
extension OutputSpan<UInt8> {
    @inlinable public mutating func append(bigEndian value: Int64) {
        append(repeating: 0, count: 8)
        var span = mutableSpan
        var bytes = unsafe span.mutableBytes
        bytes.storeBytes(of: value.bigEndian, toByteOffset: bytes.byteCount - 8, as: Int64.self)
    }

    @inlinable public mutating func append(bigEndian value: Int32) {
        append(repeating: 0, count: 4)
        var span = mutableSpan
        var bytes = unsafe span.mutableBytes
        bytes.storeBytes(of: value.bigEndian, toByteOffset: bytes.byteCount - 4, as: Int32.self)
    }

    @inlinable public mutating func appendNull() { append(bigEndian: Int32(-1)) }

    @inlinable public mutating func append(field value: Int64) {
        append(repeating: 0, count: 12)
        var span = mutableSpan
        var bytes = unsafe span.mutableBytes
        bytes.storeBytes(of: Int32(8).bigEndian, toByteOffset: bytes.byteCount - 12, as: Int32.self)
        bytes.storeBytes(of: value.bigEndian, toByteOffset: bytes.byteCount - 8, as: Int64.self)
    }

    @inlinable public mutating func append(field value: Int32) {
        append(bigEndian: Int64(4) << 32 | Int64(UInt32(bitPattern: value)))
    }

    @inlinable public mutating func append(field value: Span<UInt8>) {
        append(bigEndian: Int32(value.count))
        unsafe value.withUnsafeBufferPointer { source in
            unsafe withUnsafeMutableBufferPointer { target, count in
                precondition(target.count - count >= source.count, "there is room")
                if let start = target.baseAddress, let first = source.baseAddress {
                    unsafe (start + count).initialize(from: first, count: source.count)
                }
                count += source.count
            }
        }
    }
}
