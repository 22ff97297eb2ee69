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
    /// Something of all that was brought near: what is not kept would not be read.
    private var touched: UInt8 = 0

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
        let hashes = piece.hashes.span
        let first = places.count
        places.append(addingCapacity: hashes.count) { places in
            for index in hashes.indices where Self.lane(of: hashes[index], lanes) == lane {
                places.append(EventPlace(piece: number, index: index))
            }
        }
        let bytes = piece.batch.bytes.span
        let interactions = piece.batch.interactions.span
        // Taken out while persons are added.
        var owners: [Int32] = []
        swap(&owners, &self.owners)
        owners.append(addingCapacity: places.count - first) { owners in
            for event in first..<places.count {
                if (event &- first) % Self.ahead == 0 {
                    bringNear(hashes, of: event..<min(places.count, event + Self.ahead))
                }
                let index = Int(places[event].index)
                let name = bytes.extracting(interactions[index].customer.range)
                owners.append(Int32(person(hashes[index], name)))
            }
        }
        swap(&owners, &self.owners)
        for hash in piece.referrers where Self.lane(of: hash, lanes) == lane { referrers.insert(hash) }
    }

    /// For so many events what they are compared with is brought near at a time.
    private static let ahead = 256

    /// Reads the names that events will be compared with: a loop that does nothing else has more of them on their way
    /// at a time.
    private mutating func bringNear(_ hashes: Span<UInt64>, of events: Range<Int>) {
        for event in events {
            let person = slots[Int(truncatingIfNeeded: hashes[Int(places[event].index)]) & (slots.count - 1)]
            if person >= 0 { touched ^= names[Int(persons[Int(person)].name.start)] }
        }
    }

    /// Those who came since this was last asked.
    mutating func newcomers() -> ArraySlice<Person> {
        defer { told = persons.count }
        return persons[told...]
    }

    /// Whether the batch names the person as a referrer; now and then somebody else's name has the same hash.
    func isReferrer(_ person: Int32) -> Bool { referrers.contains(persons[Int(person)].hash) }

    static func lane(of hash: UInt64, _ lanes: Int) -> Int {
        Int(truncatingIfNeeded: ((hash &>> 40) &* UInt64(lanes)) &>> 24)
    }

    /// Numbers of the persons in order of their names.
    func byName() -> [Int32] {
        var keys: [NameKey] = []
        keys.reserveCapacity(persons.count)
        for (number, person) in persons.enumerated() {
            keys.append(NameKey(names.span.extracting(person.name.range), number: Int32(number)))
        }
        keys.sort { a, b in
            if a.first != b.first { return a.first < b.first }
            if a.second != b.second { return a.second < b.second }
            return names[persons[Int(a.number)].name.range]
                .lexicographicallyPrecedes(names[persons[Int(b.number)].name.range])
        }
        return keys.map(\.number)
    }

    /// Whose name this is, with one event more.
    private mutating func person(_ hash: UInt64, _ name: Span<UInt8>) -> Int {
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while true {
            let person = Int(slots[slot])
            if person < 0 { break }
            if persons[person].hash == hash, names.span.extracting(persons[person].name.range).isSame(as: name) {
                persons[person].count += 1
                return person
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        let person = persons.count
        slots[slot] = Int32(person)
        let start = names.count
        for index in name.indices { names.append(name[index]) }
        persons.append(Person(hash: hash, name: Text(start: start, count: name.count), count: 1))
        if persons.count * 2 > slots.count { grow() }
        return person
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

/// The first sixteen bytes of a name, which tell most apart and are compared as numbers.
private struct NameKey {
    let first, second: UInt64
    let number: Int32

    init(_ name: Span<UInt8>, number: Int32) {
        func word(from index: Int) -> UInt64 {
            if index >= name.count { return 0 }
            return (index + 8 <= name.count ? name.word(at: index) : name.lastWord(from: index)).byteSwapped
        }
        first = word(from: 0)
        second = word(from: 8)
        self.number = number
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

    init() {}

    init(_ batch: InteractionBatch, of records: Records) {
        self.batch = batch
        let (own, theirs) = (batch.bytes.span, records.bytes.span)
        let interactions = batch.interactions.span
        var hashes: [UInt64] = []
        var differences = 0
        var referrers: [UInt64] = []
        var erases = false
        hashes.append(addingCapacity: interactions.count) { hashes in
            for index in interactions.indices {
                let customer = own.extracting(interactions[index].customer.range)
                let key = theirs.extracting(records.records[Int(interactions[index].record)].key)
                if !customer.isSame(as: key) { differences += 1 }
                hashes.append(Self.hash(customer))
                switch interactions[index].type {
                case .erase: erases = true
                case .purchase where !interactions[index].referrer.isAbsent:
                    referrers.append(Self.hash(own.extracting(interactions[index].referrer.range)))
                default: break
                }
            }
        }
        self.hashes = hashes
        keyDifferences = differences
        self.referrers = referrers
        hasErasures = erases
    }

    /// A multiplication for eight bytes, and a final mix; equality is always decided by the bytes.
    static func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var hash = 0xcbf2_9ce4_8422_2325 ^ UInt64(truncatingIfNeeded: bytes.count)
        var index = 0
        while index &+ 8 <= bytes.count {
            hash = mixed(hash ^ bytes.word(at: index))
            index &+= 8
        }
        return index < bytes.count ? mixed(hash ^ bytes.lastWord(from: index)) : hash
    }

    private static func mixed(_ hash: UInt64) -> UInt64 {
        let product = hash &* 0xd6e8_feb8_6659_fd93
        return product ^ product &>> 32
    }
}
