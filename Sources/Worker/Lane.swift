import Decoding
import Ingest
import Interactions
import Profiles
import Synchronization

/// One of the parallel strands of a worker: decodes a share of the records, and owns a share of the people, whose
/// events it gathers and folds in order. What belongs to a lane is touched by one thread at a time.
final class Lane: Sendable {
    struct State: ~Copyable {
        var decoder: Decoder
        var persons = PersonTable()
        var cache: ProfileCache
        var piece = Piece()
        var result = FoldedLane()
        /// Persons of the batch in order of their names.
        var order: [Int32] = []
        /// Where each of them stands in the cache; nil before it was loaded.
        var places: [Int?] = []
        var missing: [Int] = []
        var lookedUp: [[UInt8]] = []
    }

    let state: Mutex<State>

    init(decoder: consuming Decoder, cacheLimit: Int) {
        state = Mutex(State(decoder: decoder, cache: ProfileCache(limit: cacheLimit)))
    }
}

/// What a lane's fold made.
struct FoldedLane: Sendable {
    var rows = Changeset.Lane()
    var erasures: [Changeset.Erasure] = []
    var referrals: [Referral] = []
    var named: [[UInt8]] = []
    var applied = 0
    var duplicates = 0
    var failure: String?
}

extension Lane.State {
    /// Decodes `range` of the records into this lane's piece.
    mutating func decode(_ records: Records, _ range: Range<Int>, now: Int64) {
        piece = Piece()
        if range.isEmpty { return }
        var batch = InteractionBatch()
        // Most of what is written is strings that are kept; what an event takes besides is its own size.
        let bytes =
            records.records[range.upperBound - 1].value.upperBound - records.records[range.lowerBound].value.lowerBound
        batch.bytes.reserveCapacity(bytes)
        batch.interactions.reserveCapacity(range.count)
        for index in range {
            let record = records.records[index]
            decoder.decode(
                records.bytes.span, value: record.value, isTombstone: record.isTombstone,
                isJSON: record.contentType == .json, record: UInt32(index), now: now, into: &batch)
        }
        piece = Piece(batch, of: records)
    }

    /// Orders the people of the batch by name and looks them up; returns who has to be loaded.
    mutating func lookUp() -> [[UInt8]] {
        order = persons.byName()
        places.removeAll(keepingCapacity: true)
        missing.removeAll(keepingCapacity: true)
        var customers: [[UInt8]] = []
        for (index, number) in order.enumerated() {
            if index % Self.ahead == 0 {
                for next in order[index...].prefix(Self.ahead) { cache.bringNear(persons.persons[Int(next)].hash) }
            }
            let person = persons.persons[Int(number)]
            let place = cache.place(of: persons.names.span.extracting(person.name.range), hash: person.hash)
            if place == nil {
                missing.append(places.count)
                customers.append(Array(persons.names[person.name.range]))
            }
            places.append(place)
        }
        return customers
    }

    /// Takes what was loaded of the missing, in the order they were told.
    mutating func loaded(_ stored: ArraySlice<Stored>) {
        for (index, stored) in zip(missing, stored) {
            let person = persons.persons[Int(order[index])]
            places[index] = cache.add(Array(persons.names[person.name.range]), hash: person.hash, stored)
        }
    }

    /// So much is brought near at a time: with their strings so many events fit into a processor's own cache.
    private static let ahead = 512

    /// Folds everybody's events, in order of their names.
    mutating func fold(_ fold: PersonFold, pieces: [InteractionBatch], now: Int64) {
        var fold = fold
        result = FoldedLane()
        result.rows = Changeset.Lane(people: order.count)
        let queue = persons.places(inOrderOf: order)
        var near = NearEvents()
        // What of the queue is near, and where the next person's events begin in it.
        var (held, start) = (0..<0, 0)
        for (person, place) in zip(order, places) {
            let own = start..<start + Int(persons.persons[Int(person)].count)
            start = own.upperBound
            if own.upperBound > held.upperBound {
                held = own.lowerBound..<min(queue.count, max(own.upperBound, own.lowerBound + Self.ahead))
                near.replace(with: queue.span.extracting(held), in: pieces)
            }
            let range = own.lowerBound - held.lowerBound..<own.upperBound - held.lowerBound
            guard let place else { preconditionFailure("everybody who is missing is loaded before the fold") }
            do throws(EncodingError) {
                let person = try fold.fold(
                    cache.customer(at: place), cache[place], near, range, pieces: pieces, now: now,
                    into: &result.rows)
                result.applied += person.applied
                result.duplicates += person.duplicates
                result.referrals.append(contentsOf: person.referrals)
                result.named.append(contentsOf: person.named)
                if let erasure = person.erasure { result.erasures.append(erasure) }
                cache[place] = person.stored
            } catch {
                result.failure = "a stored profile cannot be read: \(error)"
            }
        }
        persons.removeAll()
        cache.trim()
    }
}
