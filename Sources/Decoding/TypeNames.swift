import Interactions

/// Finds an event type by any of its names without making a string: an open-addressed table of what tells them apart.
struct TypeNames: Sendable {
    /// A name of at most sixteen bytes: its first eight, its last eight and its length say all of it.
    private struct Name: Equatable {
        private let first, last: UInt64
        private let count: Int

        init?(_ bytes: Span<UInt8>) {
            guard (1...16).contains(bytes.count) else { return nil }
            count = bytes.count
            first = count < 8 ? bytes.lastWord(from: 0) : bytes.word(at: 0)
            last = count < 8 ? first : bytes.word(at: count - 8)
        }

        var slot: Int { Int(((first ^ last &<< 7) &* 0x9e37_79b9_7f4a_7c15) &>> 55) }
    }

    private static let size = 512
    private var slots = [(name: Name, type: EventType)?](repeating: nil, count: Self.size)

    static let shared = TypeNames()

    private init() {
        for entry in EventType.catalogue where entry.type != .referralConverted {
            for text in entry.names {
                guard let name = Name(Array(text.utf8).span) else { preconditionFailure("a name is short") }
                var slot = name.slot
                while slots[slot] != nil { slot = (slot + 1) % Self.size }
                slots[slot] = (name, entry.type)
            }
        }
    }

    func find(_ bytes: Span<UInt8>) -> EventType? {
        guard let name = Name(bytes) else { return nil }
        var slot = name.slot
        while let known = slots[slot] {
            if known.name == name { return known.type }
            slot = (slot + 1) % Self.size
        }
        return nil
    }
}
