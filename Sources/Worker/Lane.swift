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
    /// Those that were not sent.
    var rows = Changeset.Lane()
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

    /// Who came to the batch since this was last asked and is not in the cache.
    mutating func newcomers() -> [[UInt8]] {
        var customers: [[UInt8]] = []
        for person in persons.newcomers() {
            let name = persons.names.span.extracting(person.name.range)
            if cache.place(of: name, hash: person.hash) == nil {
                customers.append(Array(persons.names[person.name.range]))
            }
        }
        return customers
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
    /// So many rows are sent at a time: PostgreSQL takes a tenth of a second for them, and waits about as long for the
    /// first.
    private static let sentAtOnce = 4096

    /// Folds everybody's events, in order of their names.
    ///
    /// - Parameter stream: takes the rows, so many at a time, but those of people whom the batch names as referrers:
    ///   what others bought will probably change these once more.
    mutating func fold(_ fold: PersonFold, pieces: [InteractionBatch], now: Int64, to stream: RowStream?) {
        var fold = fold
        result = FoldedLane()
        result.rows = Changeset.Lane(people: stream == nil ? order.count : 0)
        var sent = Changeset.Lane(people: stream == nil ? 0 : min(order.count, Self.sentAtOnce))
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
            func folded(_ rows: inout Changeset.Lane) throws(EncodingError) -> PersonFold.Result {
                try fold.fold(
                    cache.customer(at: place), cache[place], near, range, pieces: pieces, now: now, into: &rows)
            }
            do throws(EncodingError) {
                let isSent = stream != nil && !persons.isReferrer(person)
                let person = try isSent ? folded(&sent) : folded(&result.rows)
                result.applied += person.applied
                result.duplicates += person.duplicates
                result.referrals.append(contentsOf: person.referrals)
                result.named.append(contentsOf: person.named)
                cache[place] = person.stored
            } catch {
                result.failure = "a stored profile cannot be read: \(error)"
            }
            if let stream, sent.profiles.count == Self.sentAtOnce {
                stream.send(sent)
                sent = Changeset.Lane(people: Self.sentAtOnce)
            }
        }
        stream?.send(sent)
        persons.removeAll()
    }
}
