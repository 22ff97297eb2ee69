import Interactions

/// Finds an event type by any of its names without making a string: an open-addressed table over the bytes.
struct TypeNames: Sendable {
    private static let size = 512
    private var slots: [Int16]
    private var names: [(range: Range<Int>, type: EventType)] = []
    private var bytes: [UInt8] = []

    static let shared = TypeNames()

    private init() {
        slots = [Int16](repeating: -1, count: Self.size)
        for entry in EventType.catalogue where entry.type != .referralConverted {
            for name in entry.names {
                let start = bytes.count
                bytes.append(contentsOf: name.utf8)
                var slot = Self.slot(bytes.span.extracting(start..<bytes.count))
                while slots[slot] >= 0 { slot = (slot + 1) % Self.size }
                slots[slot] = Int16(names.count)
                names.append((start..<bytes.count, entry.type))
            }
        }
    }

    private static func slot(_ bytes: Span<UInt8>) -> Int {
        var hash: UInt32 = 0x811c_9dc5
        for index in bytes.indices { hash = (hash ^ UInt32(bytes[index])) &* 0x0100_0193 }
        return Int(hash ^ hash >> 16) % size
    }

    func find(_ name: Span<UInt8>) -> EventType? {
        var slot = Self.slot(name)
        while slots[slot] >= 0 {
            let known = names[Int(slots[slot])]
            if Self.isEqual(bytes.span.extracting(known.range), name) { return known.type }
            slot = (slot + 1) % Self.size
        }
        return nil
    }

    private static func isEqual(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
        guard a.count == b.count else { return false }
        for index in a.indices where a[index] != b[index] { return false }
        return true
    }
}
