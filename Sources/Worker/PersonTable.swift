import Ingest
import Interactions

/// The events of a batch, gathered by person: one lane's share of them.
///
/// An open-addressed table over the bytes of `customer`: gathering an event costs one probe and two appends, and no
/// string is made for it.
struct PersonTable {
    struct Person {
        var hash: UInt64
        /// The bytes of `customer`, in `names`.
        var name: Text
        /// Of events.
        var count: Int32
    }

    private(set) var persons: [Person] = []
    /// How many of them were told by `newcomers`.
    private var told = 0
    private(set) var names: [UInt8] = []
    private var slots: [Int32] = [Int32](repeating: -1, count: 1024)
    /// By event in order of arrival: where it stands, and whose it is.
    private var places: [EventPlace] = []
    private var owners: [Int32] = []
    /// Of whom a purchase of the batch names as referrer.
    private var referrers: Set<UInt64> = []

    mutating func removeAll() {
        referrers.removeAll(keepingCapacity: true)
        if persons.isEmpty { return }
        persons.removeAll(keepingCapacity: true)
        told = 0
        names.removeAll(keepingCapacity: true)
        places.removeAll(keepingCapacity: true)
        owners.removeAll(keepingCapacity: true)
        slots = [Int32](repeating: -1, count: slots.count)
    }

    /// Adds the events of a decoded piece that fall to `lane` of `lanes`.
    mutating func gather(_ piece: Piece, number: Int, lane: Int, lanes: Int) {
        let bytes = piece.batch.bytes.span
        let interactions = piece.batch.interactions.span
        for index in piece.hashes.indices {
            let hash = piece.hashes[index]
            if Self.lane(of: hash, lanes) != lane { continue }
            let place = EventPlace(piece: number, index: index)
            add(hash, bytes.extracting(interactions[index].customer.range), place)
        }
        for hash in piece.referrers where Self.lane(of: hash, lanes) == lane { referrers.insert(hash) }
    }

    /// Those who came since this was last asked.
    mutating func newcomers() -> ArraySlice<Person> {
        defer { told = persons.count }
        return persons[told...]
    }

    /// Whether the batch names the person as a referrer; now and then somebody else's name has the same hash.
    func isReferrer(_ person: Int32) -> Bool { referrers.contains(persons[Int(person)].hash) }

    static func lane(of hash: UInt64, _ lanes: Int) -> Int { Int(truncatingIfNeeded: (hash &>> 40) % UInt64(lanes)) }

    /// Numbers of the persons in order of their names.
    func byName() -> [Int32] {
        (0..<Int32(persons.count)).sorted { (a, b) in
            names[persons[Int(a)].name.range].lexicographicallyPrecedes(names[persons[Int(b)].name.range])
        }
    }

    private mutating func add(_ hash: UInt64, _ name: Span<UInt8>, _ place: EventPlace) {
        places.append(place)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let person = Int(slots[slot])
            if person < 0 { break }
            if persons[person].hash == hash, names.span.extracting(persons[person].name.range).isSame(as: name) {
                persons[person].count += 1
                owners.append(Int32(person))
                return
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        slots[slot] = Int32(persons.count)
        owners.append(Int32(persons.count))
        let start = names.count
        for index in name.indices { names.append(name[index]) }
        persons.append(Person(hash: hash, name: Text(start: start, count: name.count), count: 1))
        if persons.count * 2 > slots.count { grow() }
    }

    private mutating func grow() {
        slots = [Int32](repeating: -1, count: slots.count * 2)
        for (index, person) in persons.enumerated() {
            var slot = Int(truncatingIfNeeded: person.hash) & (slots.count - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(index)
        }
    }

    /// Where all events stand: person by person in the order given, each person's in order of arrival.
    func places(inOrderOf order: [Int32]) -> [EventPlace] {
        var next = [Int](repeating: 0, count: persons.count)
        var start = 0
        for person in order {
            next[Int(person)] = start
            start += Int(persons[Int(person)].count)
        }
        var sorted = [EventPlace](repeating: EventPlace(piece: 0, index: 0), count: places.count)
        for event in places.indices {
            let owner = Int(owners[event])
            sorted[next[owner]] = places[event]
            next[owner] += 1
        }
        return sorted
    }
}

/// Some records of a poll, decoded by one lane.
struct Piece: Sendable {
    var batch = InteractionBatch()
    /// Of the customer of each interaction: decides the lane, and finds the person.
    var hashes: [UInt64] = []
    /// Of those whom purchases name as referrers.
    var referrers: [UInt64] = []
    /// Some of them forget a person.
    var hasErasures = false
    /// Records whose key is not their customer.
    var keyDifferences = 0

    /// FNV-1a with a final mix; equality is always decided by the bytes.
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for index in bytes.indices { hash = (hash ^ UInt64(bytes[index])) &* 0x0000_0100_0000_01b3 }
        hash ^= hash &>> 32
        hash = hash &* 0xd6e8_feb8_6659_fd93
        return hash ^ hash &>> 32
    }
}

extension InteractionBatch {
    func customerHashes() -> [UInt64] {
        var hashes: [UInt64] = []
        hashes.reserveCapacity(interactions.count)
        let bytes = bytes.span
        for interaction in interactions { hashes.append(Piece.hash(bytes.extracting(interaction.customer.range))) }
        return hashes
    }

    /// Hashes of those whom purchases name as referrers, and whether somebody is to be forgotten.
    func concerns() -> (referrers: [UInt64], hasErasures: Bool) {
        var referrers: [UInt64] = []
        var hasErasures = false
        let bytes = bytes.span
        for event in interactions {
            switch event.type {
            case .erase: hasErasures = true
            case .purchase where !event.referrer.isAbsent:
                referrers.append(Piece.hash(bytes.extracting(event.referrer.range)))
            default: break
            }
        }
        return (referrers, hasErasures)
    }

    /// How many records have another key than their customer.
    func keyDifferences(_ records: Records) -> Int {
        let own = bytes.span
        let theirs = records.bytes.span
        var count = 0
        for interaction in interactions {
            let customer = own.extracting(interaction.customer.range)
            let key = theirs.extracting(records.records[Int(interaction.record)].key)
            if !customer.isSame(as: key) { count += 1 }
        }
        return count
    }
}

extension Span<UInt8> {
    /// Whether the bytes are equal.
    func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
