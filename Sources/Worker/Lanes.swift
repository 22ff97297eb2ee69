import Dispatch
import Ingest
import Interactions
import Profiles

/// All lanes of a worker, and the steps that run on them in parallel. Results do not depend on their number.
final class Lanes: Sendable {
    private let lanes: [Lane]

    init(_ lanes: [Lane]) { self.lanes = lanes }

    private func each(_ body: @Sendable (Int, inout Lane.State) -> Void) {
        if lanes.count == 1 {
            lanes[0].state.withLock { body(0, &$0) }
        } else {
            DispatchQueue.concurrentPerform(iterations: lanes.count) { index in
                lanes[index].state.withLock { body(index, &$0) }
            }
        }
    }

    /// Decodes records, a share a lane; the pieces are in the order of the records.
    func decode(_ records: Records, now: Int64) -> [Piece] {
        let count = records.records.count
        let lanes = lanes.count
        each { index, lane in
            lane.decode(records, count * index / lanes..<count * (index + 1) / lanes, now: now)
        }
        return self.lanes.map { $0.state.withLock { $0.piece } }
    }

    /// Gathers newly decoded pieces by person.
    func gather(_ pieces: [Piece], from number: Int) {
        let lanes = lanes.count
        each { index, lane in
            for piece in number..<pieces.count {
                lane.persons.gather(pieces[piece], number: piece, lane: index, lanes: lanes)
            }
        }
    }

    /// Looks everybody of the batch up; who has to be loaded, by lane.
    func lookUp() -> [[[UInt8]]] {
        each { _, lane in lane.lookedUp = lane.lookUp() }
        return lanes.map { $0.state.withLock { $0.lookedUp } }
    }

    /// Who came to what is gathered since this was last asked and is not in the cache, by lane.
    func newcomers() -> [[[UInt8]]] { lanes.map { $0.state.withLock { $0.newcomers() } } }

    /// Remembers what was read of them.
    func remember(_ stored: [Stored], of customers: [[[UInt8]]]) {
        share(stored, customers) { lane, own, stored in
            for (customer, stored) in zip(own, stored) { lane.cache.set(customer, stored) }
        }
    }

    /// How many have events in what is gathered.
    var people: Int { lanes.reduce(0) { sum, lane in sum + lane.state.withLock { $0.persons.persons.count } } }

    /// Takes what was loaded of those whom `lookUp` told.
    func loaded(_ stored: [Stored], missing: [[[UInt8]]]) {
        share(stored, missing) { lane, _, stored in lane.loaded(stored) }
    }

    /// Hands each lane what was read of those whom it named.
    private func share(
        _ stored: [Stored], _ customers: [[[UInt8]]],
        _ take: (inout Lane.State, [[UInt8]], ArraySlice<Stored>) -> Void
    ) {
        var start = 0
        for (index, own) in customers.enumerated() {
            let range = start..<start + own.count
            lanes[index].state.withLock { take(&$0, own, stored[range]) }
            start = range.upperBound
        }
    }

    /// - Parameter stream: takes rows while others are folded; nil leaves all in the result.
    func fold(_ fold: PersonFold, pieces: [InteractionBatch], now: Int64, to stream: RowStream?) -> [FoldedLane] {
        each { _, lane in lane.fold(fold, pieces: pieces, now: now, to: stream) }
        return lanes.map {
            $0.state.withLock { lane in
                defer { lane.result = FoldedLane() }
                return lane.result
            }
        }
    }

    /// Lets people go whom the caches have no room for: once a batch's effects are taken in, as whoever goes before
    /// that would be read as they were without the batch.
    func trim() { for lane in lanes { lane.state.withLock { $0.cache.trim() } } }

    /// Which lane a person belongs to.
    func lane(of customer: [UInt8]) -> Int { PersonTable.lane(of: Piece.hash(customer.span), lanes.count) }

    func find(_ customer: [UInt8]) -> Stored? { lanes[lane(of: customer)].state.withLock { $0.cache.find(customer) } }

    func remember(_ customer: [UInt8], _ stored: Stored) {
        lanes[lane(of: customer)].state.withLock { $0.cache.set(customer, stored) }
    }

    /// Remembers what a review wrote, of people who are remembered already.
    func refresh(_ customer: [UInt8], _ stored: Stored) {
        lanes[lane(of: customer)].state.withLock { lane in
            if lane.cache.find(customer) != nil { lane.cache.set(customer, stored) }
        }
    }

    func dropGathered() { for lane in lanes { lane.state.withLock { $0.persons.removeAll() } } }

    /// Forgets everybody whom `changeset` writes.
    func drop(_ changeset: Changeset) {
        for rows in changeset.allLanes {
            for row in rows.profiles { drop(Array(rows.bytes[row.customer.range])) }
        }
        for erasure in changeset.erasures { drop(erasure.customer) }
    }

    func drop(_ people: Set<[UInt8]>) { for customer in people { drop(customer) } }

    private func drop(_ customer: [UInt8]) {
        lanes[lane(of: customer)].state.withLock { $0.cache.remove(customer) }
    }

    func dropCache() { for lane in lanes { lane.state.withLock { $0.cache.removeAll() } } }

    var cached: (profiles: Int, bytes: Int) {
        lanes.reduce(into: (0, 0)) { sum, lane in
            lane.state.withLock {
                sum.0 += $0.cache.count
                sum.1 += $0.cache.bytes
            }
        }
    }
}
