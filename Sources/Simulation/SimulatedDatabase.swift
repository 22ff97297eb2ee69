import Ingest
import Interactions
import Segments
import Synchronization
import TestSupport

/// What can be taken out of the store so that a test sees whether anybody notices.
package enum Canary: String, CaseIterable, Sendable {
    /// Positions move wherever they stand.
    case fence1
    /// Rows are written over any version.
    case fence2
    /// Of people who were written meanwhile, the batch's part is lost.
    case refold
    /// What was sent while the rest of a batch was folded is lost.
    case sent
    /// Every tenth transition is lost.
    case transitions
    /// A commit writes the rows and forgets the positions.
    case positions
    /// Rejections are written twice.
    case rejections
    /// Every third who leaves a segment stays in it.
    case memberships
    /// Segments take their places before everybody was evaluated with them.
    case preparation
    /// Nobody looks whether a new person was erased meanwhile.
    case tombstones
    /// Whoever comes back after an erasure has the version they had before it.
    case versions
}

/// The tables as values, shared by all workers; one statement at a time, as a transaction that commits at once.
package final class SimulatedDatabase: Sendable {
    struct Tables {
        var progress: [Partition: Int64] = [:]
        var profiles: [[UInt8]: (version: Int64, row: StoredProfile, evaluated: Changeset.ProfileRow)] = [:]
        var transitions: [Transition] = []
        var rejections: [Changeset.RejectedRecord] = []
        /// Documents by version, the revisions of their segments, and who is in which since when.
        var documents: [[Segment]] = []
        var revisions: [SegmentRevision] = []
        var members: [Int32: [[UInt8]: Int64]] = [:]
        var lastRevision: Int32 = 0
        /// Until when the identities of erased people are ignored, by keyed hash, and the version of the erasure.
        var tombstones: [UInt64: (until: Int64, version: Int64)] = [:]
        /// Rows a claim holds, by the store that claimed them.
        var claims: [[UInt8]: Int] = [:]
        /// Unix ms.
        var now: Int64
        var commits = 0
        var leavers = 0
        /// Times somebody came into a segment without having left it.
        var enteredTwice = 0

        var edition: Edition {
            Edition(Versions(definitions: documents.count), preparing: revisions.count { $0.state == .preparing })
        }
    }

    struct Transition {
        var customer: [UInt8]
        /// A dimension, or the id of a segment.
        var dimension: String
        var from: String?
        var to: String?
        var effectiveAt: Int64
    }

    let tables: Mutex<Tables>
    let canary: Canary?

    package init(now: Int64, canary: Canary? = nil) {
        tables = Mutex(Tables(now: now))
        self.canary = canary
    }

    func commit(_ arriving: Changeset, by store: Int) throws(StoreError) -> CommitOutcome {
        guard var changeset = arriving.complete() else { throw StoreError(.retry, "the fold was given up") }
        let result: Result<CommitOutcome, StoreError> = tables.withLock { tables in
            defer { tables.claims = tables.claims.filter { $0.value != store } }
            if changeset.edition != tables.edition { return .success(.outdated) }
            let elsewhere = changeset.slices.filter { tables.progress[$0.partition] != $0.start }.map(\.partition)
            if !elsewhere.isEmpty, canary != .fence1 { return .success(.fenced(elsewhere)) }
            var conflicted = changeset.stale
            // Of somebody who has two rows the second is over the first.
            var now: [[UInt8]: (version: Int64, isProfile: Bool)] = [:]
            func meet(_ customer: [UInt8], _ version: Int64, isProfile: Bool) {
                let found = now[customer] ?? tables.version(of: customer)
                if canary == .tombstones, !isProfile, !found.isProfile { return }
                if found != (version, isProfile) { conflicted.insert(customer) }
            }
            for lane in changeset.allLanes {
                for erasure in lane.erasures {
                    meet(erasure.customer, erasure.version, isProfile: erasure.hasProfile)
                    now[erasure.customer] = (erasure.version + 1, false)
                }
                for row in lane.profiles {
                    let customer = Array(lane.bytes[row.customer.range])
                    if let holder = tables.claims[customer], holder != store {
                        return .failure(StoreError(.retry, sqlState: "55P03", "lock not available"))
                    }
                    meet(customer, row.version, isProfile: !row.isNew)
                    now[customer] = (row.version + 1, true)
                }
            }
            if canary == .fence2 { conflicted = [] }
            if canary == .sent { changeset.earlier = [] }
            var written = tables
            write(conflicted.isEmpty ? changeset : changeset.without(conflicted), into: &written)
            if !conflicted.isEmpty {
                guard let refolded = changeset.refolded(conflicted, load: { written.stored($0) }) else {
                    return .success(.conflicted(conflicted.sorted { $0.lexicographicallyPrecedes($1) }))
                }
                if canary != .refold { write(refolded, into: &written) }
            }
            if canary != .positions { for slice in changeset.slices { written.progress[slice.partition] = slice.end } }
            tables = written
            return .success(.committed(now: tables.now, refolded: conflicted))
        }
        return try result.get()
    }

    private func write(_ changeset: Changeset, into tables: inout Tables) {
        for erasure in changeset.erasures {
            tables.profiles[erasure.customer] = nil
            for revision in tables.members.keys { tables.members[revision]![erasure.customer] = nil }
            tables.transitions.removeAll { $0.customer == erasure.customer }
            let names = erasure.identities.map(\.identity)
            for index in tables.rejections.indices
            where tables.rejections[index].customer.map(names.contains) ?? false {
                tables.rejections[index].payload = nil
            }
            for (_, hash) in erasure.identities {
                tables.tombstones[hash] = (
                    max(tables.tombstones[hash]?.until ?? .min, erasure.until), erasure.version + 1
                )
            }
        }
        for lane in changeset.allLanes {
            for row in lane.profiles {
                let customer = Array(lane.bytes[row.customer.range])
                var standing = row.standing
                if !changeset.slices.isEmpty, let old = tables.profiles[customer] {
                    standing.reviewAt = min(old.row.standing.reviewAt, standing.reviewAt)
                }
                let version = canary == .versions && row.isNew ? max(1, row.version - 1) : row.version + 1
                let stored = StoredProfile(
                    customer: customer, version: version, state: Array(lane.bytes[row.state.range]),
                    standing: standing)
                tables.profiles[customer] = (version, stored, row)
            }
            for row in lane.transitions {
                tables.commits += 1
                if canary == .transitions, tables.commits % 10 == 0 { continue }
                tables.transitions.append(
                    Transition(
                        customer: Array(lane.bytes[row.customer.range]), dimension: row.dimension.rawValue,
                        from: row.from, to: row.to, effectiveAt: row.effectiveAt))
            }
            write(lane, changeset.revisions, into: &tables)
        }
        tables.rejections += changeset.rejections
        if canary == .rejections { tables.rejections += changeset.rejections }
    }

    private func write(_ lane: Changeset.Lane, _ revisions: [SegmentRevision], into tables: inout Tables) {
        for change in lane.memberships where !change.isVoid {
            let revision = revisions[change.segment]
            let customer = Array(lane.bytes[change.customer.range])
            var at = change.effectiveAt
            if change.isEntry {
                if tables.members[revision.number]?[customer] != nil { tables.enteredTwice += 1 }
                let before = revision.replaces.flatMap { tables.members[$0]?[customer] }
                tables.members[revision.number, default: [:]][customer] = before ?? at
            } else {
                tables.leavers += 1
                if canary == .memberships, tables.leavers % 3 == 0 { continue }
                at = max(at, tables.members[revision.number]?[customer] ?? .min)
                tables.members[revision.number]?[customer] = nil
            }
            if revision.state == .current { tables.tell(customer, revision.id, isEntry: change.isEntry, at) }
        }
    }

    // MARK: - Segments

    /// Puts another document of segments into force.
    func apply(_ segments: [Segment]) {
        tables.withLock { tables in
            tables.documents.append(segments)
            let plan = RevisionPlan(tables.revisions, digests: Self.digests(segments).map { ($0, $1) })
            for revision in plan.removed {
                for customer in tables.members[revision.number, default: [:]].keys {
                    tables.tell(customer, revision.id, isEntry: false, tables.now)
                }
            }
            let gone = plan.removed.map(\.number) + plan.dropped
            for number in gone { tables.members[number] = nil }
            tables.revisions.removeAll { gone.contains($0.number) }
            for (id, replaces) in plan.prepared {
                tables.lastRevision += 1
                tables.revisions.append(
                    SegmentRevision(
                        number: tables.lastRevision, id: id, state: .preparing, version: tables.documents.count,
                        digest: Self.digests(segments)[id]!, replaces: replaces))
            }
        }
    }

    /// Segments of the simulation name no others.
    private static func digests(_ segments: [Segment]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: segments.map { ($0.id, "\($0.condition)") })
    }

    func definitions(_ tables: Tables) -> Definitions {
        var definitions = Definitions()
        definitions.versions = tables.edition.versions
        let segments = tables.revisions.map { revision in
            let segment = tables.documents[revision.version - 1].first { $0.id == revision.id }!
            return Segment(id: "\(revision.number)", name: "", condition: segment.condition)
        }
        definitions.segments = LiveSegments(
            tables.revisions, SegmentProgram(segments, watching: tables.revisions.map { "\($0.number)" }))
        return definitions
    }

    /// What was prepared for everybody takes its place.
    func endPreparation(_ tables: inout Tables) {
        let versions = tables.edition.versions
        let isDone = tables.profiles.values.allSatisfy { $0.row.standing.versions == versions }
        if !isDone, canary != .preparation { return }
        for index in tables.revisions.indices where tables.revisions[index].state == .preparing {
            let revision = tables.revisions[index]
            let new = tables.members[revision.number, default: [:]]
            let old = revision.replaces.flatMap { tables.members[$0] } ?? [:]
            for (customer, at) in new where old[customer] == nil {
                tables.tell(customer, revision.id, isEntry: true, at)
            }
            for (customer, at) in old where new[customer] == nil {
                tables.tell(customer, revision.id, isEntry: false, max(tables.now, at))
            }
            if let replaced = revision.replaces { tables.members[replaced] = nil }
            tables.revisions[index].state = .current
            tables.revisions[index].replaces = nil
            tables.revisions.removeAll { $0.number == revision.replaces ?? -1 }
            return endPreparation(&tables)
        }
    }
}

extension SimulatedDatabase.Tables {
    func stored(_ identities: [[UInt8]]) -> [Stored] {
        identities.map { identity in
            if let profile = profiles[identity] { return .profile(profile.row) }
            let tombstone = tombstones[HashKey.standard.identity(identity.span)]
            return tombstone.map { .erased(until: $0.until, version: $0.version) } ?? .absent
        }
    }

    fileprivate func version(of customer: [UInt8]) -> (version: Int64, isProfile: Bool) {
        let stored = stored([customer])[0]
        return (stored.version, stored.isProfile)
    }

    fileprivate mutating func tell(_ customer: [UInt8], _ segment: String, isEntry: Bool, _ at: Int64) {
        transitions.append(
            SimulatedDatabase.Transition(
                customer: customer, dimension: segment, from: isEntry ? nil : segment, to: isEntry ? segment : nil,
                effectiveAt: at))
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
        return database.tables.withLock { $0.stored(identities) }
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

    package func definitions(otherThan edition: Edition) throws(StoreError) -> Definitions? {
        try reach()
        return database.tables.withLock { tables in
            tables.edition == edition ? nil : database.definitions(tables)
        }
    }

    package func claimStale(_ versions: Versions, limit: Int) throws(StoreError) -> (due: [StoredProfile], now: Int64) {
        try reach()
        return database.tables.withLock { tables in
            if tables.edition.versions != versions { return ([], tables.now) }
            let stale = tables.profiles.values.map(\.row)
                .filter { $0.standing.versions != versions && tables.claims[$0.customer] == nil }
                .sorted { $0.customer.lexicographicallyPrecedes($1.customer) }
                .prefix(limit)
            if stale.isEmpty { database.endPreparation(&tables) }
            for profile in stale { tables.claims[profile.customer] = number }
            return (Array(stale), tables.now)
        }
    }

    package func releaseClaim() {
        database.tables.withLock { tables in tables.claims = tables.claims.filter { $0.value != number } }
    }

    package func now() throws(StoreError) -> Int64 {
        try reach()
        return database.tables.withLock { $0.now }
    }
}
