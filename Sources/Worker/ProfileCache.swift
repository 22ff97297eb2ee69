import Ingest

/// Profiles of people recently seen, bounded in bytes: one lane's share.
///
/// Written through: it holds what the last fold made, committed or not, so whoever drops an uncommitted batch empties
/// it. When it is full, whoever was not seen since the hand last passed goes first (CLOCK, Corbató 1968).
struct ProfileCache {
    private struct Slot {
        var customer: [UInt8]
        var stored: Stored
        var bytes: Int
        var isRecent: Bool
    }

    private var slots: [Slot] = []
    private var places: [[UInt8]: Int] = [:]
    private var hand = 0
    private(set) var bytes = 0
    var limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { slots.count }

    mutating func find(_ customer: [UInt8]) -> Stored? {
        guard let place = places[customer] else { return nil }
        slots[place].isRecent = true
        return slots[place].stored
    }

    mutating func set(_ customer: [UInt8], _ stored: Stored) {
        let size = Self.overhead + customer.count * 2 + stored.size
        if let place = places[customer] {
            bytes += size - slots[place].bytes
            slots[place].stored = stored
            slots[place].bytes = size
            slots[place].isRecent = true
        } else {
            places[customer] = slots.count
            slots.append(Slot(customer: customer, stored: stored, bytes: size, isRecent: true))
            bytes += size
        }
    }

    /// Makes room; called between batches, so that nobody a fold works on goes away under it.
    mutating func trim() {
        while bytes > limit, !slots.isEmpty {
            if hand >= slots.count { hand = 0 }
            if slots[hand].isRecent {
                slots[hand].isRecent = false
                hand += 1
            } else {
                remove(at: hand)
            }
        }
    }

    mutating func remove(_ customer: [UInt8]) {
        if let place = places[customer] { remove(at: place) }
    }

    private mutating func remove(at place: Int) {
        bytes -= slots[place].bytes
        places[slots[place].customer] = nil
        let last = slots.removeLast()
        if place < slots.count {
            slots[place] = last
            places[last.customer] = place
        }
    }

    mutating func removeAll() {
        slots = []
        places = [:]
        hand = 0
        bytes = 0
    }

    /// Three arrays, the table's entry and the slot itself.
    private static let overhead = 280
}

extension Stored {
    fileprivate var size: Int {
        guard case .profile(let profile) = self else { return 0 }
        return profile.state.count + profile.customer.count + 4 * profile.standing.segments.count
    }
}
