import Ingest
import Interactions
import Postgres

// One transaction: the positions move from where the slices began, profiles are written over the versions they were
// read at, and all that follows from them is added.

extension PostgresProfileStore {
    /// Ends a commit that must not be: carries the outcome past the statements that follow.
    private enum Ending: Error {
        case outcome(CommitOutcome)
        /// Somebody is not at the version they were read at; the transaction has to end before it can be asked who.
        case conflict
        case failure(PostgresError)
    }

    package func commit(_ changeset: Changeset) throws(StoreError) -> CommitOutcome {
        // Encoding is the worker's own time, so it is done before the connection is taken.
        var copied = CopiedChangeset(changeset.stale.isEmpty ? changeset : changeset.without(changeset.stale))
        return try withWriter { (link, connection) throws(PostgresError) in
            do throws(Ending) {
                try attempt { () throws(PostgresError) in
                    if !link.isClaiming { try connection.execute("BEGIN") }
                    // Whoever makes a new version takes the lock alone: nothing is written by an old one after it.
                    try connection.execute("SELECT pg_advisory_xact_lock_shared(\(Schema.definitionsLock))")
                }
                let backfill = link.backfill
                link.isClaiming = false
                link.backfill = nil
                try check(changeset.edition, connection)
                try fence(changeset, connection)
                for erasure in changeset.erasures { try erase(erasure, connection) }
                let refolded = try writeProfiles(changeset, &copied, connection)
                let versions = changeset.edition.versions
                var now: Int64 = 0
                try attempt { () throws(PostgresError) in
                    if let backfill { try move(backfill, connection) }
                    try write(copied, versions, connection)
                    now = try connection.commit()
                }
                return .committed(now: now, refolded: refolded)
            } catch {
                switch error {
                case .failure(let error): throw error
                case .outcome(let outcome):
                    connection.rollback()
                    return outcome
                case .conflict:
                    connection.rollback()
                    return .conflicted(try conflicts(changeset.read, connection))
                }
            }
        }
    }

    /// All that follows from the rows of profiles.
    private func write(
        _ copied: CopiedChangeset, _ versions: Versions, _ connection: PostgresConnection
    ) throws(PostgresError) {
        if !copied.replaced.isEmpty {
            _ = try connection.query(
                "forget points", Statement.forgetPoints,
                [.texts(copied.replaced.map(\.customer)), .ints(copied.replaced.map(\.firstDay))])
        }
        if !copied.points.isEmpty {
            try connection.copyIn(
                "COPY staged_points FROM STDIN (FORMAT binary)", statement: "copy points", copied.points)
            _ = try connection.query("points", Statement.points)
            if copied.emptiesPoints { _ = try connection.query("empty points", Statement.emptyPoints) }
        }
        if !copied.transitions.isEmpty {
            try connection.copyIn(
                """
                COPY transition_log (customer_id, effective_at, cause, definitions, steps)
                FROM STDIN (FORMAT binary)
                """, statement: "copy transitions", copied.transitions)
        }
        try writeMemberships(copied.memberships, versions, connection)
        if !copied.rejections.isEmpty {
            try connection.copyIn(
                """
                COPY rejection (topic, partition, "offset", reason, detail, key, payload, customer_id)
                FROM STDIN (FORMAT binary)
                """, statement: "copy rejections", [copied.rejections])
        }
    }

    private func attempt(_ body: () throws(PostgresError) -> Void) throws(Ending) {
        do throws(PostgresError) { try body() } catch { throw .failure(error) }
    }

    private func check(_ edition: Edition, _ connection: PostgresConnection) throws(Ending) {
        var found = edition
        try attempt { () throws(PostgresError) in found = try StoredDefinitions.edition(connection) }
        if found != edition { throw .outcome(.outdated) }
    }

    private func fence(_ changeset: Changeset, _ connection: PostgresConnection) throws(Ending) {
        let slices = changeset.slices
        if slices.isEmpty { return }
        var elsewhere: [Partition] = []
        try attempt { () throws(PostgresError) in
            let rows = try connection.query(
                "fence", Statement.fence,
                [
                    .strings(slices.map(\.partition.topic)), .ints(slices.map { Int64($0.partition.number) }),
                    .ints(slices.map(\.start)), .ints(slices.map(\.end)), .string(settings.worker),
                    .int(Int64(changeset.edition.versions.definitions)),
                ])
            for row in 0..<rows.count {
                elsewhere.append(Partition(topic: rows.string(row, 0), number: Int32(rows.int(row, 1))))
            }
        }
        if !elsewhere.isEmpty { throw .outcome(.fenced(elsewhere)) }
    }

    private func erase(_ erasure: Changeset.Erasure, _ connection: PostgresConnection) throws(Ending) {
        var isAsRead = false
        try attempt { () throws(PostgresError) in
            let rows = try connection.query(
                "erase", Statement.erase,
                [
                    .text(erasure.customer), .int(erasure.version), .texts(erasure.identities.map(\.identity)),
                    .ints(erasure.identities.map { Int64(bitPattern: $0.hash) }), .instant(erasure.until),
                ])
            isAsRead = rows.int(0, 0) == (erasure.version > 0 ? 1 : 0) && rows.int(0, 1) == 0
        }
        if !isAsRead { throw .outcome(.conflicted([erasure.customer])) }
    }

    /// Writes the rows of profiles; whoever was written by somebody else since the row was read is folded again on
    /// what is stored now, and stays as it is until the transaction ends.
    ///
    /// - Parameter copied: what follows from the rows, here too with what it is of those who were folded again.
    /// - Returns: who was folded again.
    private func writeProfiles(
        _ changeset: Changeset, _ copied: inout CopiedChangeset, _ connection: PostgresConnection
    ) throws(Ending) -> Set<[UInt8]> {
        let isReview = changeset.slices.isEmpty
        var elsewhere = changeset.stale
        // Without a way to fold again the transaction ends at the first who is elsewhere.
        let canRefold = changeset.refold != nil
        while !(try writeNew(copied, canRefold, connection)) {
            let tried = changeset.without(elsewhere)
            var taken: [[UInt8]] = []
            try attempt { () throws(PostgresError) in
                taken = try conflicts(tried.read.filter { $0.version == 0 }, connection)
            }
            if taken.isEmpty { throw .conflict }
            elsewhere.formUnion(taken)
            copied = CopiedChangeset(tried.without(elsewhere))
        }
        elsewhere.formUnion(try writeKnown(copied, isReview, connection))
        if elsewhere.isEmpty { return [] }

        let found: Result<Changeset?, PostgresError>
        do throws(PostgresError) {
            found = .success(
                try changeset.refolded(elsewhere) { (customers) throws(PostgresError) in
                    try load(customers, connection, isHeld: true)
                })
        } catch { found = .failure(error) }
        var refolded: Changeset?
        try attempt { () throws(PostgresError) in
            refolded = try found.get()
            try connection.execute("DELETE FROM staged_profile")
        }
        guard let refolded else { throw .conflict }
        copied = CopiedChangeset(changeset.without(elsewhere, rows: false))
        var again = CopiedChangeset(refolded)
        // They are held now: only somebody new can be in the way of somebody else.
        _ = try writeNew(again, false, connection)
        if !(try writeKnown(again, isReview, connection)).isEmpty { throw .conflict }
        again.add(copied)
        copied = again
        return elsewhere
    }

    /// - Returns: false when nothing was written, because somebody is there already.
    private func writeNew(
        _ copied: CopiedChangeset, _ canRefold: Bool, _ connection: PostgresConnection
    ) throws(Ending) -> Bool {
        if copied.newProfiles.isEmpty { return true }
        do throws(PostgresError) {
            if canRefold { try connection.execute("SAVEPOINT newcomers") }
            try connection.copyIn(
                "COPY profile (\(ProfileColumn.names)) FROM STDIN (FORMAT binary)", statement: "copy newcomers",
                copied.newProfiles)
            try connection.copyIn(
                "COPY identity (identity, customer_id) FROM STDIN (FORMAT binary)", statement: "copy identities",
                copied.newIdentities)
            if canRefold { try connection.execute("RELEASE newcomers") }
            return true
        } catch {
            // Unique: somebody who was to be new is there already.
            if error.sqlState != "23505" { throw .failure(error) }
            if !canRefold { throw .conflict }
        }
        try attempt { () throws(PostgresError) in try connection.execute("ROLLBACK TO newcomers; RELEASE newcomers") }
        return false
    }

    /// - Returns: whose rows were not written as they are not at the version they were read at.
    private func writeKnown(
        _ copied: CopiedChangeset, _ isReview: Bool, _ connection: PostgresConnection
    ) throws(Ending) -> [[UInt8]] {
        if copied.known == 0 { return [] }
        var elsewhere: [[UInt8]] = []
        var isGone = false
        try attempt { () throws(PostgresError) in
            try connection.copyIn(
                "COPY staged_profile FROM STDIN (FORMAT binary)", statement: "copy profiles", copied.profiles)
            // A fold only ever lowers review_at; a review, which has no slices, sets it.
            let written = try connection.query(
                isReview ? "review profiles" : "upsert profiles",
                isReview ? Statement.upsertReviews : Statement.upsert
            ).int(0, 0)
            if written == Int64(copied.known) { return }
            let rows = try connection.query("elsewhere", Statement.elsewhere)
            for row in 0..<rows.count {
                elsewhere.append(rows.bytes(row, 0))
                if rows.bool(row, 1) { isGone = true }
            }
        }
        // Whoever was there and is no more has been erased: a rare thing, and not one row.
        if isGone { throw .conflict }
        return elsewhere
    }

    /// Who of those who were read (0: not there) is at another version, or bears a name that belongs to another person.
    private func conflicts(
        _ read: [(customer: [UInt8], version: Int64)], _ connection: PostgresConnection
    ) throws(PostgresError) -> [[UInt8]] {
        let rows = try connection.query(
            "conflicts", Statement.conflicts, [.texts(read.map(\.customer)), .ints(read.map(\.version))])
        return (0..<rows.count).map { rows.bytes($0, 0) }
    }

    /// Whoever comes first, then whoever leaves: a member of the form before is found when the new form is entered.
    private func writeMemberships(
        _ copied: CopiedMemberships, _ versions: Versions, _ connection: PostgresConnection
    ) throws(PostgresError) {
        if !copied.entering.isEmpty {
            try connection.copyIn(
                "COPY segment_member (revision, customer_id, entered_at, definitions) FROM STDIN (FORMAT binary)",
                statement: "copy members", copied.entering)
        }
        if copied.prepared.isEmpty, copied.leaving.isEmpty { return }
        // A plan that was made while there were few members would look at all of them for each who leaves.
        try connection.execute("SET LOCAL enable_seqscan = off")
        if !copied.prepared.isEmpty {
            let rows = copied.prepared
            _ = try connection.query(
                "enter prepared", Statement.enterPrepared,
                [
                    .ints(rows.map(\.revision)), .ints(rows.map(\.replaces)), .texts(rows.map(\.customer)),
                    .ints(rows.map { BinaryFormat.timestamp($0.enteredAt) }), .int(Int64(versions.definitions)),
                ])
        }
        if !copied.leaving.isEmpty {
            try connection.copyIn(
                "COPY staged_leaving FROM STDIN (FORMAT binary)", statement: "copy leaving", copied.leaving)
            _ = try connection.query("leave", Statement.leave, [.int(Int64(versions.definitions))])
        }
    }
}

extension Changeset {
    /// Everybody it writes, and the version they were read at.
    fileprivate var read: [(customer: [UInt8], version: Int64)] {
        lanes.flatMap { lane in
            lane.profiles.map { (customer: Array(lane.bytes[$0.customer.range]), version: $0.version) }
        }
    }
}
