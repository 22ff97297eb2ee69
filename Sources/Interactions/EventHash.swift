/// SipHash-2-4 (Aumasson and Bernstein 2012), the keyed hash that names an event of a person.
///
/// The event hash is SipHash of the bytes of `customer`, one zero byte, those of `event_id`; it is the second
/// component of timeline order and the identity of the event. The key is stored by `migrate` and never changes.
public struct HashKey: Equatable, Sendable {
    public var low: UInt64
    public var high: UInt64

    /// - Parameter bytes: sixteen bytes, little-endian halves, as in the paper.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == 16, "a hash key has sixteen bytes")
        func word(_ range: Range<Int>) -> UInt64 {
            bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        low = word(0..<8)
        high = word(8..<16)
    }

    /// Bytes 00 01 … 0f.
    public static let standard = HashKey(bytes: (0..<16).map { UInt8($0) })
}

/// A SipHash-2-4 computation in progress; feed bytes in any pieces, then `finish()`.
public struct SipHash {
    private var v0, v1, v2, v3: UInt64
    private var tail: UInt64 = 0
    private var count: Int = 0

    public init(_ key: HashKey) {
        v0 = key.low ^ 0x736f_6d65_7073_6575
        v1 = key.high ^ 0x646f_7261_6e64_6f6d
        v2 = key.low ^ 0x6c79_6765_6e65_7261
        v3 = key.high ^ 0x7465_6462_7974_6573
    }

    @inline(__always) private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v1
        v0 &+= v3
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 = v2 &<< 32 | v2 &>> 32
    }

    @inline(__always) private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        round()
        v0 ^= word
    }

    @inline(__always) public mutating func feed(_ byte: UInt8) { feed(UInt64(byte), 1) }

    @inline(__always) public mutating func feed(_ bytes: Span<UInt8>) {
        var index = 0
        while index &+ 8 <= bytes.count {
            feed(bytes.word(at: index), 8)
            index &+= 8
        }
        if index < bytes.count { feed(bytes.lastWord(from: index), bytes.count &- index) }
    }

    /// Feeds the lower `width` bytes, 1 to 8, of a word that has no others.
    @inline(__always) private mutating func feed(_ word: UInt64, _ width: Int) {
        let used = count & 7
        let shift = UInt64(used * 8)
        // What the bytes before have left of a word comes first.
        tail |= word &<< shift
        count &+= width
        if used &+ width >= 8 {
            compress(tail)
            tail = used == 0 ? 0 : word &>> (64 &- shift)
        }
    }

    @inline(__always) public mutating func finish() -> UInt64 {
        compress(tail | UInt64(count & 0xff) &<< 56)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }
}

extension HashKey {
    /// The hash that names the event `eventID` of `customer`.
    public func event(customer: Span<UInt8>, eventID: Span<UInt8>) -> UInt64 {
        var hash = SipHash(self)
        hash.feed(customer)
        hash.feed(0)
        hash.feed(eventID)
        return hash.finish()
    }

    /// The hash that names an identity: in erasure tombstones, where the identity itself must not stay.
    public func identity(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = SipHash(self)
        hash.feed(bytes)
        return hash.finish()
    }
}
