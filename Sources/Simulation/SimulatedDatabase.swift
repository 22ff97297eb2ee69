import Ingest
import Interactions
import Synchronization
import TestSupport

/// What can be taken out of the store so that a test sees whether anybody notices.
package enum Canary: String, CaseIterable, Sendable {
    /// Positions move wherever they stand.
    case fence1
    /// Rows are written over any version.
    case fence2
    /// Every tenth transition is lost.
    case transitions
    /// A commit writes the rows and forgets the positions.
    case positions
    /// Rejections are written twice.
    case rejections
}

/// The tables as values, shared by all workers; one statement at a time, as a transaction that commits at once.
package final class SimulatedDatabase: Sendable {
    struct Tables {
        var progress: [Partition: Int64] = [:]
        var profiles: [[UInt8]: (version: Int64, row: StoredProfile, evaluated: Changeset.ProfileRow)] = [:]
        var transitions: [Transition] = []
        var rejections: [Changeset.RejectedRecord] = []
        /// Until when the identities of erased people are ignored, by keyed hash.
        var tombstones: [UInt64: Int64] = [:]
        /// Rows a claim holds, by the store that claimed them.
        var claims: [[UInt8]: Int] = [:]
        /// Unix ms.
        var now: Int64
        var commits = 0
    }

    struct Transition {
        var customer: [UInt8]
        var dimension: Changeset.TransitionRow.Dimension
        var from: String?
        var to: String
        var effectiveAt: Int64
    }

    let tables: Mutex<Tables>
    let canary: Canary?

    package init(now: Int64, canary: Canary? = nil) {
        tables = Mutex(Tables(now: now))
        self.canary = canary
    }

    func commit(_ changeset: Changeset, by store: Int) throws(StoreError) -> CommitOutcome {
        let result: Result<CommitOutcome, StoreError> = tables.withLock { tables in
            defer { tables.claims = tables.claims.filter { $0.value != store } }
            let elsewhere = changeset.slices.filter { tables.progress[$0.partition] != $0.start }.map(\.partition)
            if !elsewhere.isEmpty, canary != .fence1 { return .success(.fenced(elsewhere)) }
            var conflicted: [[UInt8]] = []
            for lane in changeset.lanes {
                for row in lane.profiles {
                    let customer = Array(lane.bytes[row.customer.range])
                    if let holder = tables.claims[customer], holder != store {
                        return .failure(StoreError(.retry, sqlState: "55P03", "lock not available"))
                    }
                    if tables.profiles[customer]?.version ?? 0 != row.version { conflicted.append(customer) }
                }
            }
            for erasure in changeset.erasures
            where tables.profiles[erasure.customer]?.version ?? 0 != erasure.version {
                conflicted.append(erasure.customer)
            }
            if !conflicted.isEmpty, canary != .fence2 { return .success(.conflicted(conflicted)) }
            if canary != .positions { for slice in changeset.slices { tables.progress[slice.partition] = slice.end } }
            write(changeset, into: &tables)
            return .success(.committed(now: tables.now))
        }
        return try result.get()
    }

    private func write(_ changeset: Changeset, into tables: inout Tables) {
        for erasure in changeset.erasures {
            tables.profiles[erasure.customer] = nil
            tables.transitions.removeAll { $0.customer == erasure.customer }
            let names = erasure.identities.map(\.identity)
            for index in tables.rejections.indices
            where tables.rejections[index].customer.map(names.contains) ?? false {
                tables.rejections[index].payload = nil
            }
            for (_, hash) in erasure.identities {
                tables.tombstones[hash] = max(tables.tombstones[hash] ?? .min, erasure.until)
            }
        }
        for lane in changeset.lanes {
            for row in lane.profiles {
                let customer = Array(lane.bytes[row.customer.range])
                var standing = row.standing
                if !changeset.slices.isEmpty, let old = tables.profiles[customer] {
                    standing.reviewAt = min(old.row.standing.reviewAt, standing.reviewAt)
                }
                let stored = StoredProfile(
                    customer: customer, version: row.version + 1, state: Array(lane.bytes[row.state.range]),
                    standing: standing)
                tables.profiles[customer] = (row.version + 1, stored, row)
            }
            for row in lane.transitions {
                tables.commits += 1
                if canary == .transitions, tables.commits % 10 == 0 { continue }
                tables.transitions.append(
                    Transition(
                        customer: Array(lane.bytes[row.customer.range]), dimension: row.dimension, from: row.from,
                        to: row.to, effectiveAt: row.effectiveAt))
            }
        }
        tables.rejections += changeset.rejections
        if canary == .rejections { tables.rejections += changeset.rejections }
    }
}

/// One worker's way to the database, and what goes wrong on it.
package final class SimulatedStore: ProfileStore {
    package struct Faults: Sendable {
        /// Percent of calls that fail before anything happened, and of commits whose reply is lost.
        var failure = 0
        var lostReply = 0
        var retry = 0

        package init() {}
    }

    private let database: SimulatedDatabase
    private let number: Int
    private let faults: Mutex<(faults: Faults, random: SplitMix)>

    package init(_ database: SimulatedDatabase, number: Int, faults: Faults = Faults(), seed: UInt64 = 0) {
        self.database = database
        self.number = number
        self.faults = Mutex((faults, SplitMix(seed: seed)))
    }

    func heal() { faults.withLock { $0.faults = Faults() } }

    private func strikes(_ percent: KeyPath<Faults, Int>) -> Bool {
        faults.withLock { $0.random.chance($0.faults[keyPath: percent]) }
    }

    private func reach() throws(StoreError) {
        if strikes(\.failure) { throw StoreError(.abandon, sqlState: "08006", "the connection was lost") }
    }

    package func progress(of partitions: [Partition]) throws(StoreError) -> [Partition: Int64] {
        try reach()
        return database.tables.withLock { tables in
            var result: [Partition: Int64] = [:]
            for partition in partitions {
                result[partition] = tables.progress[partition] ?? 0
                tables.progress[partition] = result[partition]
            }
            return result
        }
    }

    package func load(_ identities: [[UInt8]]) throws(StoreError) -> [Stored] {
        try reach()
        return database.tables.withLock { tables in
            identities.map { identity in
                if let profile = tables.profiles[identity] { return .profile(profile.row) }
                let until = tables.tombstones[HashKey.standard.identity(identity.span)]
                return until.map { .erased(until: $0) } ?? .absent
            }
        }
    }

    package func commit(_ changeset: Changeset) throws(StoreError) -> CommitOutcome {
        if strikes(\.failure) {
            releaseClaim()
            throw StoreError(.abandon, sqlState: "57P01", "the server was shut down")
        }
        if strikes(\.retry) {
            releaseClaim()
            throw StoreError(.retry, sqlState: "40P01", "deadlock detected")
        }
        let outcome = try database.commit(changeset, by: number)
        if strikes(\.lostReply) { throw StoreError(.abandon, sqlState: "08006", "the connection was lost at COMMIT") }
        return outcome
    }

    package func claimDue(limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        try reach()
        return database.tables.withLock { tables in
            let due = tables.profiles.values.map(\.row)
                .filter { $0.standing.reviewAt <= tables.now && tables.claims[$0.customer] == nil }
                .sorted {
                    ($0.standing.reviewAt, $0.customer[...].last ?? 0) < (
                        $1.standing.reviewAt, $1.customer[...].last ?? 0
                    )
                }
                .prefix(limit)
            for profile in due { tables.claims[profile.customer] = number }
            return (Array(due), tables.now)
        }
    }

    /// Nothing is ever applied here.
    package func definitions(otherThan versions: Versions) throws(StoreError) -> Definitions? {
        try reach()
        return nil
    }

    package func claimStale(_ versions: Versions, limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        ([], try now())
    }

    package func releaseClaim() {
        database.tables.withLock { tables in tables.claims = tables.claims.filter { $0.value != number } }
    }

    package func now() throws(StoreError) -> Int64 {
        try reach()
        return database.tables.withLock { $0.now }
    }
}
