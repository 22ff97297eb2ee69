import Interactions

/// The strings of one profile, each once; entries refer to them by number. Number 0 is the absent string.
public struct StringPool: Sendable {
    public typealias ID = UInt16
    public static let absent: ID = 0
    /// A pool never holds more: the limits of a profile are chosen so that it cannot be reached.
    public static let maximumCount = Int(ID.max)

    public private(set) var bytes: [UInt8] = []
    /// Where each string ends in `bytes`, and its hash; of the absent string first. In one array: every profile that is
    /// read or written has to allocate what its pool is made of.
    private var places = [Place()]
    private struct Place {
        var end: UInt32 = 0
        var hash: UInt32 = 0
    }
    /// Open addressing over the hashes, a power of two of slots, 0 for a free one; empty while the strings are few
    /// enough to be looked through, as they are in nearly every profile.
    private var slots: [ID] = []
    private static let scanLimit = 48

    public init() {}

    public var count: Int { places.count }

    /// Strings that follow one another in `source`, each known to be new.
    ///
    /// - Parameter lengths: of each in turn; in all as many as there are bytes.
    init(_ count: Int, in source: Span<UInt8>, lengths: () throws(EncodingError) -> Int) throws(EncodingError) {
        var (bytes, places): ([UInt8], [Place]) = ([], [])
        try places.append(addingCapacity: count + 1) { places throws(EncodingError) in
            places.append(Place())
            var end = 0
            for _ in 0..<count {
                let start = end
                end += try lengths()
                places.append(Place(end: UInt32(end), hash: Self.hash(source.extracting(start..<end))))
            }
        }
        bytes.append(addingCapacity: source.count) { $0.append(copyingAll: source) }
        self.bytes = bytes
        self.places = places
    }

    /// Strings of another pool, numbered anew.
    ///
    /// - Parameters:
    ///   - count: of them, with the absent one.
    ///   - old: the number in the other pool of each new number.
    init(_ count: Int, of other: StringPool, numbered old: (Int) -> ID) {
        var (bytes, places): ([UInt8], [Place]) = ([], [])
        places.append(addingCapacity: count) { places in
            places.append(Place())
            bytes.append(addingCapacity: other.bytes.count) { bytes in
                for number in 1..<count {
                    let id = old(number)
                    let string = other.bytes.span.extracting(other.range(id))
                    bytes.append(copying: string)
                    places.append(Place(end: UInt32(bytes.count), hash: other.places[Int(id)].hash))
                }
            }
        }
        self.bytes = bytes
        self.places = places
    }

    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        places.append(Place())
        slots.removeAll()
    }

    public func range(_ id: ID) -> Range<Int> {
        id == 0 ? 0..<0 : Int(places[Int(id) - 1].end)..<Int(places[Int(id)].end)
    }

    public func string(_ id: ID) -> String { String(decoding: bytes[range(id)], as: UTF8.self) }

    /// Eight bytes at a time, multiplied: short strings, no adversary worth a keyed hash (a collision costs one
    /// comparison).
    @inline(__always) private static func hash(_ source: Span<UInt8>) -> UInt32 {
        var hash = UInt64(truncatingIfNeeded: source.count)
        if source.count <= 8 { return UInt32(truncatingIfNeeded: Self.hash(hash, source.few)) }
        var start = 0
        while source.count &- start > 8 {
            hash = Self.hash(hash, source.word(at: start))
            start &+= 8
        }
        return UInt32(truncatingIfNeeded: Self.hash(hash, source.word(at: source.count &- 8)))
    }

    @inline(__always) private static func hash(_ hash: UInt64, _ next: UInt64) -> UInt64 {
        let product = (hash ^ next) &* 0x9e37_79b9_7f4a_7c15
        return product ^ product &>> 32
    }

    /// The number of the string, added when new.
    public mutating func intern(_ source: Span<UInt8>) -> ID {
        if source.isEmpty { return Self.absent }
        let hash = Self.hash(source)
        if places.count > Self.scanLimit {
            if slots.count < 2 * places.count { buildSlots() }
            var slot = Int(hash) & (slots.count - 1)
            while slots[slot] != Self.absent {
                let id = slots[slot]
                if places[Int(id)].hash == hash, equals(id, source) { return id }
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = ID(places.count)
            return add(source, hash: hash)
        }
        let known = find(source, fingerprint: hash)
        return known == Self.absent ? add(source, hash: hash) : known
    }

    /// What a string is looked up by; the same in every pool.
    public static func fingerprint(_ source: Span<UInt8>) -> UInt32 { hash(source) }

    /// The number of a string that may be there; `absent` when it is not.
    public func find(_ source: Span<UInt8>, fingerprint: UInt32) -> ID {
        let places = places.span
        var id = 1
        while id < places.count {
            if places[id].hash == fingerprint, equals(ID(id), source) { return ID(id) }
            id &+= 1
        }
        return Self.absent
    }

    private mutating func buildSlots() {
        var size = 256
        while size < 4 * places.count { size *= 2 }
        slots = [ID](repeating: Self.absent, count: size)
        for id in 1..<places.count {
            var slot = Int(places[id].hash) & (size - 1)
            while slots[slot] != Self.absent { slot = (slot + 1) & (size - 1) }
            slots[slot] = ID(id)
        }
    }

    private mutating func add(_ source: Span<UInt8>, hash: UInt32) -> ID {
        precondition(places.count < Self.maximumCount, "the limits of a profile keep its strings below 65,535")
        if places.count == 1 {
            // Of somebody who is new: a handful of strings is about to come.
            bytes.reserveCapacity(96)
            places.reserveCapacity(12)
        }
        bytes.append(addingCapacity: source.count) { $0.append(copying: source) }
        places.append(Place(end: UInt32(bytes.count), hash: hash))
        return ID(places.count - 1)
    }

    public func equals(_ id: ID, _ source: Span<UInt8>) -> Bool {
        bytes.span.extracting(range(id)).isSame(as: source)
    }

    /// Whether string `a` is before string `b` by bytes.
    public func precedes(_ a: ID, _ b: ID) -> Bool {
        bytes[range(a)].lexicographicallyPrecedes(bytes[range(b)])
    }
}
