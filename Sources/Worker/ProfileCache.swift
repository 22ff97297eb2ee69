import Ingest

/// Profiles of people recently seen, bounded in bytes: one lane's share.
///
/// Written through: it holds what the last fold made, committed or not, so whoever drops an uncommitted batch empties
/// it. When it is full, whoever was not folded since the hand last passed goes first (CLOCK, Corbató 1968).
///
/// Slots lie side by side; a table of their places, open-addressed by the hash of the name, finds them. A
/// place holds until somebody is removed, so a batch looks everybody up once.
struct ProfileCache {
    private struct Slot {
        var customer: [UInt8]
        var hash: UInt64
        var stored: Stored
        var bytes: Int
        var isRecent: Bool
    }

    private var slots: [Slot] = []
    /// Places of slots, -1 where free; a power of two, at most half used.
    private var table = [Int32](repeating: -1, count: 1024)
    private var hand = 0
    private(set) var bytes = 0
    /// Of what was brought near: what is not kept would not be read.
    private var touched: UInt8 = 0
    var limit: Int

    init(limit: Int) { self.limit = limit }

    var count: Int { slots.count }

    /// Reads what `place` will compare: a loop that does nothing else has more of it on its way at a time.
    mutating func bringNear(_ hash: UInt64) {
        let place = Int(table[home(of: hash)])
        if place >= 0 { touched ^= slots[place].customer.first ?? 0 }
    }

    /// Where `customer` stands.
    func place(of customer: Span<UInt8>, hash: UInt64) -> Int? {
        let place = Int(table[entry(of: customer, hash)])
        return place < 0 ? nil : place
    }

    /// Adds somebody who is not there.
    mutating func add(_ customer: [UInt8], hash: UInt64, _ stored: Stored) -> Int {
        if (slots.count + 1) * 2 > table.count { grow() }
        let place = slots.count
        point(at: place, customer, hash)
        let size = Self.size(customer, stored)
        slots.append(Slot(customer: customer, hash: hash, stored: stored, bytes: size, isRecent: true))
        bytes += size
        return place
    }

    func customer(at place: Int) -> [UInt8] { slots[place].customer }

    subscript(place: Int) -> Stored {
        get { slots[place].stored }
        set {
            let size = Self.size(slots[place].customer, newValue)
            bytes += size - slots[place].bytes
            slots[place].bytes = size
            slots[place].stored = newValue
            slots[place].isRecent = true
        }
    }

    func find(_ customer: [UInt8]) -> Stored? {
        place(of: customer.span, hash: Piece.hash(customer.span)).map { slots[$0].stored }
    }

    mutating func set(_ customer: [UInt8], _ stored: Stored) {
        let hash = Piece.hash(customer.span)
        if let place = place(of: customer.span, hash: hash) {
            self[place] = stored
        } else {
            _ = add(customer, hash: hash, stored)
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
        if let place = place(of: customer.span, hash: Piece.hash(customer.span)) { remove(at: place) }
    }

    private mutating func remove(at place: Int) {
        let gone = slots[place]
        bytes -= gone.bytes
        let freed = entry(of: gone.customer.span, gone.hash)
        free(freed)
        // The last moves into the gap.
        let last = slots.count - 1
        if place < last { point(at: place, slots[last].customer, slots[last].hash) }
        slots.swapAt(place, last)
        slots.removeLast()
    }

    mutating func removeAll() {
        slots = []
        table = [Int32](repeating: -1, count: 1024)
        hand = 0
        bytes = 0
    }

    // MARK: - Table

    /// The entry that holds the place of `customer`, or the free one where it would be put.
    private func entry(of customer: Span<UInt8>, _ hash: UInt64) -> Int {
        var entry = home(of: hash)
        while table[entry] >= 0 {
            let place = Int(table[entry])
            if slots[place].hash == hash {
                let name = slots[place].customer
                if name.span.isSame(as: customer) { return entry }
            }
            entry = (entry + 1) & (table.count - 1)
        }
        return entry
    }

    private mutating func point(at place: Int, _ customer: [UInt8], _ hash: UInt64) {
        let entry = entry(of: customer.span, hash)
        table[entry] = Int32(place)
    }

    private func home(of hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (table.count - 1) }

    /// Frees an entry, and brings back whoever was put behind it for want of a place nearer to their own.
    private mutating func free(_ freed: Int) {
        let mask = table.count - 1
        var (gap, entry) = (freed, freed)
        while true {
            entry = (entry + 1) & mask
            if table[entry] < 0 { break }
            let distance = (entry - home(of: slots[Int(table[entry])].hash)) & mask
            if distance >= (entry - gap) & mask {
                table[gap] = table[entry]
                gap = entry
            }
        }
        table[gap] = -1
    }

    private mutating func grow() {
        table = [Int32](repeating: -1, count: table.count * 2)
        for place in slots.indices {
            // All are different: names need not be compared.
            var entry = home(of: slots[place].hash)
            while table[entry] >= 0 { entry = (entry + 1) & (table.count - 1) }
            table[entry] = Int32(place)
        }
    }

    /// Three arrays, the table's entries and the slot itself.
    private static let overhead = 280

    private static func size(_ customer: [UInt8], _ stored: Stored) -> Int {
        overhead + customer.count * 2 + stored.size
    }
}

extension Stored {
    fileprivate var size: Int {
        guard case .profile(let profile) = self else { return 0 }
        return profile.state.count + profile.customer.count + 4 * profile.standing.segments.count
    }
}
