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
        /// Persons of the batch in order of their names, and what is known of each before the fold.
        var order: [(customer: [UInt8], person: Int, stored: Stored?)] = []
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
        // Most of what is written is strings that are kept; what an event takes besides is its own size.
        let bytes =
            records.records[range.upperBound - 1].value.upperBound - records.records[range.lowerBound].value.lowerBound
        piece.batch.bytes.reserveCapacity(bytes)
        piece.batch.interactions.reserveCapacity(range.count)
        for index in range {
            let record = records.records[index]
            decoder.decode(
                records.bytes.span, value: record.value, isTombstone: record.isTombstone,
                isJSON: record.contentType == .json, record: UInt32(index), now: now, into: &piece.batch)
        }
        piece.hashes = piece.batch.customerHashes()
        piece.keyDifferences = piece.batch.keyDifferences(records)
    }

    /// Orders the people of the batch by name and looks them up; returns who has to be loaded.
    mutating func lookUp() -> [[UInt8]] {
        order.removeAll(keepingCapacity: true)
        missing.removeAll(keepingCapacity: true)
        for (index, person) in persons.persons.enumerated() {
            order.append((persons.customer(person), index, nil))
        }
        order.sort { $0.customer.lexicographicallyPrecedes($1.customer) }
        for index in order.indices {
            order[index].stored = cache.find(order[index].customer)
            if order[index].stored == nil { missing.append(index) }
        }
        return missing.map { order[$0].customer }
    }

    /// Takes what was loaded of the missing, in the order they were told.
    mutating func loaded(_ stored: ArraySlice<Stored>) {
        for (index, stored) in zip(missing, stored) { order[index].stored = stored }
    }

    /// Folds everybody's events, in order of their names.
    mutating func fold(_ fold: PersonFold, pieces: [InteractionBatch], now: Int64) {
        var fold = fold
        result = FoldedLane()
        result.rows.profiles.reserveCapacity(order.count)
        var places: [EventPlace] = []
        for entry in order {
            persons.events(of: persons.persons[entry.person], into: &places)
            do throws(EncodingError) {
                let person = try fold.fold(
                    entry.customer, entry.stored ?? .absent, places: places[...], pieces: pieces, now: now,
                    into: &result.rows)
                result.applied += person.applied
                result.duplicates += person.duplicates
                result.referrals.append(contentsOf: person.referrals)
                result.named.append(contentsOf: person.named)
                if let erasure = person.erasure { result.erasures.append(erasure) }
                cache.set(entry.customer, person.stored)
            } catch {
                result.failure = "a stored profile cannot be read: \(error)"
            }
        }
        persons.removeAll()
        cache.trim()
    }
}
