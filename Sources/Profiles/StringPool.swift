import Interactions

/// The strings of one profile, each once; entries refer to them by number. Number 0 is the absent string.
public struct StringPool: Sendable {
    public typealias ID = UInt16
    public static let absent: ID = 0
    /// A pool never holds more: the limits of a profile are chosen so that it cannot be reached.
    public static let maximumCount = Int(ID.max)

    public private(set) var bytes: [UInt8] = []
    private var ends: [UInt32] = [0]
    private var hashes: [UInt32] = [0]
    /// Open addressing over `hashes`, a power of two of slots, 0 for a free one; empty while the strings are few enough
    /// to be looked through, as they are in nearly every profile.
    private var slots: [ID] = []
    private static let scanLimit = 48

    public init() {}

    public var count: Int { ends.count }

    /// A pool of the absent string alone, with room for `count` strings of `bytes` bytes in all.
    init(room count: Int, bytes: Int) {
        ends.reserveCapacity(count)
        hashes.reserveCapacity(count)
        self.bytes.reserveCapacity(bytes)
    }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        hashes.removeAll(keepingCapacity: true)
        ends.append(0)
        hashes.append(0)
        slots.removeAll()
    }

    public func range(_ id: ID) -> Range<Int> {
        id == 0 ? 0..<0 : Int(ends[Int(id) - 1])..<Int(ends[Int(id)])
    }

    public func string(_ id: ID) -> String { String(decoding: bytes[range(id)], as: UTF8.self) }

    /// FNV-1a: short strings, no adversary worth a keyed hash (a collision costs one comparison).
    @inline(__always) private static func hash(_ source: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 0x811c_9dc5
        for index in source.indices { hash = (hash ^ UInt32(source[index])) &* 0x0100_0193 }
        return hash
    }

    /// The number of the string, added when new.
    public mutating func intern(_ source: Span<UInt8>) -> ID {
        if source.isEmpty { return Self.absent }
        let hash = Self.hash(source)
        if hashes.count > Self.scanLimit {
            if slots.count < 2 * hashes.count { buildSlots() }
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != Self.absent {
                let id = slots[slot]
                if hashes[Int(id)] == hash, equals(id, source) { return id }
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = ID(ends.count)
            return add(source, hash: hash)
        }
        for index in 1..<hashes.count + 1 where index < hashes.count && hashes[index] == hash {
            if equals(ID(index), source) { return ID(index) }
        }
        return add(source, hash: hash)
    }

    /// What a string is looked up by; the same in every pool.
    public static func fingerprint(_ source: Span<UInt8>) -> UInt32 { hash(source) }

    /// The number of a string that may be there; `absent` when it is not.
    public func find(_ source: Span<UInt8>, fingerprint: UInt32) -> ID {
        for id in 1..<hashes.count + 1 where id < hashes.count && hashes[id] == fingerprint {
            if equals(ID(id), source) { return ID(id) }
        }
        return Self.absent
    }

    private mutating func buildSlots() {
        var size = 256
        while size < 4 * hashes.count { size *= 2 }
        slots = [ID](repeating: Self.absent, count: size)
        for id in 1..<hashes.count {
            var slot = Int(hashes[id]) & (size - 1)
            while slots[slot] != Self.absent { slot = (slot + 1) & (size - 1) }
            slots[slot] = ID(id)
        }
    }

    /// Adds a string known to be new, as a decoder does.
    public mutating func append(_ source: Span<UInt8>) -> ID {
        slots.removeAll()
        return add(source, hash: Self.hash(source))
    }

    /// Adds a string of another pool, known to be new here.
    public mutating func append(_ id: ID, from other: StringPool) -> ID {
        slots.removeAll()
        bytes.append(contentsOf: other.bytes[other.range(id)])
        ends.append(UInt32(bytes.count))
        hashes.append(other.hashes[Int(id)])
        return ID(ends.count - 1)
    }

    private mutating func add(_ source: Span<UInt8>, hash: UInt32) -> ID {
        precondition(ends.count < Self.maximumCount, "the limits of a profile keep its strings below 65,535")
        for index in source.indices { bytes.append(source[index]) }
        ends.append(UInt32(bytes.count))
        hashes.append(hash)
        return ID(ends.count - 1)
    }

    public func equals(_ id: ID, _ source: Span<UInt8>) -> Bool {
        let range = range(id)
        guard range.count == source.count else { return false }
        for index in 0..<source.count where bytes[range.lowerBound + index] != source[index] { return false }
        return true
    }

    /// Whether string `a` is before string `b` by bytes.
    public func precedes(_ a: ID, _ b: ID) -> Bool {
        bytes[range(a)].lexicographicallyPrecedes(bytes[range(b)])
    }
}
