import Ingest
import Interactions
import Postgres

// One transaction: the positions move from where the slices began, profiles are written over the versions they were
// read at, and all that follows from them is added.

extension PostgresProfileStore {
    /// Ends a commit that must not be: carries the outcome past the statements that follow.
    private enum Ending: Error {
        case outcome(CommitOutcome)
        /// Somebody of those who were tried is not at the version they were read at; the transaction has to end before
        /// it can be asked who.
        case conflict(Changeset)
        case failure(PostgresError)
    }

    /// People and lines are looked up by key: a plan that is made while a table is young stays, and would look at all
    /// of it for each of them.
    private static let lookUpByIndex = "SET LOCAL enable_seqscan = off"

    package func commit(_ changeset: Changeset) throws(StoreError) -> CommitOutcome {
        try withWriter { (link, connection) throws(PostgresError) in
            do throws(Ending) {
                try attempt { () throws(PostgresError) in
                    if !link.isClaiming { try connection.execute("BEGIN") }
                    // Whoever makes a new version takes the lock alone: nothing is written by an old one after it.
                    try connection.execute(
                        "\(Self.lookUpByIndex); SELECT pg_advisory_xact_lock_shared(\(Schema.definitionsLock))",
                        statement: "begin commit")
                }
                let backfill = link.backfill
                link.isClaiming = false
                link.backfill = nil
                try check(changeset.edition, connection)
                try fence(changeset, connection)
                let (written, refolded) = try writeProfiles(changeset, connection)
                var now: Int64 = 0
                try attempt { () throws(PostgresError) in
                    if let backfill { try move(backfill, connection) }
                    try write(written, connection)
                    now = try connection.commit()
                }
                return .committed(now: now, refolded: refolded)
            } catch {
                switch error {
                case .failure(let error): throw error
                case .outcome(let outcome):
                    connection.rollback()
                    return outcome
                case .conflict(let tried):
                    connection.rollback()
                    try connection.execute("BEGIN; \(Self.lookUpByIndex)", statement: "begin conflicts")
                    defer { connection.rollback() }
                    return .conflicted(try conflicts(tried.read, connection))
                }
            }
        }
    }

    /// All that follows from the rows of profiles, and the rejections.
    private func write(_ changeset: Changeset, _ connection: PostgresConnection) throws(PostgresError) {
        let versions = changeset.edition.versions
        let lanes = changeset.allLanes
        let replaced = lanes.flatMap { lane in
            lane.replacedLedgers.map { (Array(lane.bytes[$0.customer.range]), Int64($0.firstDay)) }
        }
        if !replaced.isEmpty {
            _ = try connection.query(
                "forget points", Statement.forgetPoints, [.texts(replaced.map(\.0)), .ints(replaced.map(\.1))])
        }
        if lanes.contains(where: { $0.points.contains(where: \.isFirst) }) {
            try connection.copyIn("COPY points FROM STDIN (FORMAT binary)", statement: "copy points") {
                (rows, passOn) throws(PostgresError) in
                for lane in lanes { try lane.writePoints(areFirst: true, to: &rows, passOn) }
            }
        }
        if lanes.contains(where: { $0.points.contains { !$0.isFirst } }) {
            try connection.copyIn("COPY staged_points FROM STDIN (FORMAT binary)", statement: "stage points") {
                (rows, passOn) throws(PostgresError) in
                for lane in lanes { try lane.writePoints(areFirst: false, to: &rows, passOn) }
            }
            _ = try connection.query("points", Statement.points)
            if lanes.contains(where: { $0.points.contains { !$0.isFirst && $0.row.isEmpty } }) {
                _ = try connection.query("empty points", Statement.emptyPoints)
            }
        }
        if lanes.contains(where: { !$0.transitions.isEmpty || !$0.memberships.isEmpty }) {
            try connection.copyIn(
                """
                COPY transition_log (customer_id, effective_at, cause, definitions, steps)
                FROM STDIN (FORMAT binary)
                """, statement: "copy transitions"
            ) { (rows, passOn) throws(PostgresError) in
                for lane in lanes { try lane.writeTransitions(changeset.revisions, versions, to: &rows, passOn) }
            }
        }
        // One after the other: whoever left before may come again.
        for lanes in [changeset.earlier, changeset.lanes] {
            try writeMemberships(CopiedMemberships(lanes, changeset.revisions, versions), versions, connection)
        }
        if !changeset.rejections.isEmpty {
            try connection.copyIn(
                """
                COPY rejection (topic, partition, "offset", reason, detail, key, payload, customer_id)
                FROM STDIN (FORMAT binary)
                """, statement: "copy rejections"
            ) { (rows, passOn) throws(PostgresError) in
                for rejection in changeset.rejections {
                    rejection.appendCopied(to: &rows)
                    try passOn(&rows)
                }
            }
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

    private func erase(_ lanes: [Changeset.Lane], _ connection: PostgresConnection) throws(Ending) {
        for lane in lanes { for erasure in lane.erasures { try erase(erasure, connection) } }
    }

    private func erase(_ erasure: Changeset.Erasure, _ connection: PostgresConnection) throws(Ending) {
        var isAsRead = false
        try attempt { () throws(PostgresError) in
            // There is no row to hold, and nobody may write one beside it who has not seen the tombstone.
            if !erasure.hasProfile {
                try connection.execute("SELECT pg_advisory_xact_lock(\(Schema.definitionsLock))")
            }
            let rows = try connection.query(
                "erase", Statement.erase,
                [
                    .text(erasure.customer), .int(erasure.version), .texts(erasure.identities.map(\.identity)),
                    .ints(erasure.identities.map { Int64(bitPattern: $0.hash) }), .instant(erasure.until),
                    .int(hash(of: erasure.customer)),
                ])
            let (gone, others, version) = (rows.int(0, 0), rows.int(0, 1), rows.int(0, 2))
            isAsRead = others == 0 && (erasure.hasProfile ? gone == 1 : gone == 0 && version == erasure.version)
        }
        if !isAsRead { throw .outcome(.conflicted([erasure.customer])) }
    }

    /// Writes the rows of profiles, also those that are still being folded; whoever was written by somebody else since
    /// the row was read is folded again on what is stored now, and stays as it is until the transaction ends.
    ///
    /// - Returns: what the rest of the transaction follows from, and who was folded again.
    private func writeProfiles(
        _ changeset: Changeset, _ connection: PostgresConnection
    ) throws(Ending) -> (written: Changeset, refolded: Set<[UInt8]>) {
        if changeset.refold != nil { return try writeOrRefold(changeset, connection) }
        var written = changeset
        written.toCome = nil
        if !changeset.earlier.isEmpty { try writeAsRead(changeset.earlier, of: written, connection) }
        arrival: while let toCome = changeset.toCome {
            switch toCome() {
            case .earlier(let lanes):
                written.earlier += lanes
                try writeAsRead(lanes, of: written, connection)
            case .last(let lanes):
                written.lanes = lanes
                break arrival
            case nil: throw .failure(PostgresError(sqlState: "", statement: "rows", message: "the fold was given up"))
            }
        }
        try writeAsRead(written.lanes, of: written, connection)
        return (written, [])
    }

    /// Without a way to fold again the transaction ends at the first who is elsewhere.
    ///
    /// - Parameter tried: all that is tried until now, `lanes` included.
    private func writeAsRead(
        _ lanes: [Changeset.Lane], of tried: Changeset, _ connection: PostgresConnection
    ) throws(Ending) {
        try erase(lanes, connection)
        guard try copyNewcomers(lanes, connection),
            try upsert(lanes, withNewcomers: false, of: tried, connection).isEmpty
        else { throw .conflict(tried) }
    }

    /// Where others write people of ours, newcomers may be theirs as well: they are offered, not copied.
    private func writeOrRefold(
        _ changeset: Changeset, _ connection: PostgresConnection
    ) throws(Ending) -> (written: Changeset, refolded: Set<[UInt8]>) {
        let stale = changeset.stale
        let tried = stale.isEmpty ? changeset : changeset.without(stale)
        try erase(tried.lanes, connection)
        let others = try upsert(tried.lanes, withNewcomers: true, of: changeset, connection)
        let elsewhere = stale.union(others)
        if elsewhere.isEmpty { return (tried, []) }

        let found: Result<Changeset?, PostgresError>
        do throws(PostgresError) {
            found = .success(
                try changeset.refolded(elsewhere) { (customers) throws(PostgresError) in
                    try load(customers, connection, isHeld: true)
                })
        } catch { found = .failure(error) }
        var refolded: Changeset?
        try attempt { () throws(PostgresError) in refolded = try found.get() }
        // They are held now: only somebody new can be in the way of somebody else.
        guard let refolded,
            try upsert(refolded.lanes, withNewcomers: true, of: changeset, connection).isEmpty
        else { throw .conflict(changeset) }
        var written = others.isEmpty ? tried : changeset.without(elsewhere)
        written.lanes += refolded.lanes
        return (written, elsewhere)
    }

    /// Writes people who must not be there yet straight into the table.
    ///
    /// - Returns: false when one of them is there already, which ends the transaction, or bears another's name,
    ///   or was erased.
    private func copyNewcomers(_ lanes: [Changeset.Lane], _ connection: PostgresConnection) throws(Ending) -> Bool {
        if !haveNewcomers(lanes) { return true }
        do throws(PostgresError) {
            try connection.copyIn(
                "COPY profile (\(ProfileColumn.names)) FROM STDIN (FORMAT binary)", statement: "copy newcomers"
            ) { (rows, passOn) throws(PostgresError) in
                for lane in lanes { try lane.writeProfiles(areNew: true, to: &rows, passOn) }
            }
            return try areStillNew(lanes, connection)
        } catch {
            // Unique.
            if error.sqlState == "23505" { return false }
            throw .failure(error)
        }
    }

    private func haveNewcomers(_ lanes: [Changeset.Lane]) -> Bool {
        lanes.contains { $0.profiles.contains(where: \.isNew) }
    }

    /// Whether the names of new people, whose rows are written, are nobody else's, and were not erased since they were
    /// looked for.
    private func areStillNew(
        _ lanes: [Changeset.Lane], _ connection: PostgresConnection
    ) throws(PostgresError) -> Bool {
        let others = try others(connection)
        if !others.areAliases, !others.areErased { return true }
        let newcomers = lanes.flatMap { lane in
            lane.profiles.filter(\.isNew).map { (name: Array(lane.bytes[$0.customer.range]), version: $0.version) }
        }
        return try !connection.query(
            "newcomers", Statement.newcomers,
            [
                .texts(newcomers.map(\.name)), .ints(newcomers.map { hash(of: $0.name) }),
                .ints(newcomers.map(\.version)),
            ]
        ).bool(0, 0)
    }

    /// Writes rows over the versions they were read at, and those of people who must not be there yet.
    ///
    /// - Parameter tried: what the rows are of.
    /// - Returns: whose rows were not written as they are not at the version they were read at.
    private func upsert(
        _ lanes: [Changeset.Lane], withNewcomers: Bool, of tried: Changeset, _ connection: PostgresConnection
    ) throws(Ending) -> [[UInt8]] {
        let isReview = tried.slices.isEmpty
        let count = lanes.reduce(0) { $0 + $1.profiles.count { withNewcomers || !$0.isNew } }
        if count == 0 { return [] }
        var elsewhere: [[UInt8]] = []
        // Whoever was there and is no more has been erased, and whose name belongs to another person was merged: rare
        // things, and not one row.
        var isMore = false
        try attempt { () throws(PostgresError) in
            // What was staged before in this transaction is written.
            try connection.execute("DELETE FROM staged_profile")
            try connection.copyIn("COPY staged_profile FROM STDIN (FORMAT binary)", statement: "copy profiles") {
                (rows, passOn) throws(PostgresError) in
                for lane in lanes {
                    if withNewcomers { try lane.writeProfiles(areNew: true, to: &rows, passOn) }
                    try lane.writeProfiles(areNew: false, to: &rows, passOn)
                }
            }
            // A fold only ever lowers review_at; a review, which has no slices, sets it.
            let upserted = try connection.query(
                isReview ? "review profiles" : "upsert profiles",
                isReview ? Statement.upsertReviews : Statement.upsert)
            if withNewcomers, haveNewcomers(lanes) { isMore = try !areStillNew(lanes, connection) }
            if upserted.int(0, 0) == Int64(count) { return }
            let rows = try connection.query("elsewhere", Statement.elsewhere)
            for row in 0..<rows.count {
                elsewhere.append(rows.bytes(row, 0))
                if rows.bool(row, 1) { isMore = true }
            }
            // A row that was to be over another of this transaction, and was made of an older one.
            if rows.count == 0 { isMore = true }
        }
        if isMore { throw .conflict(tried) }
        return elsewhere
    }

    /// Who of those who were read (0: not there) is at another version, or bears a name that belongs to another person.
    private func conflicts(
        _ read: [(customer: [UInt8], version: Int64)], _ connection: PostgresConnection
    ) throws(PostgresError) -> [[UInt8]] {
        let rows = try connection.query(
            "conflicts", Statement.conflicts,
            [
                .texts(read.map(\.customer)), .ints(read.map(\.version)),
                .ints(read.map { hash(of: $0.customer) }),
            ])
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
            try connection.execute("DELETE FROM staged_leaving")
            try connection.copyIn(
                "COPY staged_leaving FROM STDIN (FORMAT binary)", statement: "copy leaving", copied.leaving)
            _ = try connection.query("leave", Statement.leave, [.int(Int64(versions.definitions))])
        }
    }
}

extension Changeset {
    /// Everybody it writes, and the version they were read at: of two rows of somebody, that of the first.
    fileprivate var read: [(customer: [UInt8], version: Int64)] {
        var versions: [[UInt8]: Int64] = [:]
        for lane in allLanes {
            for row in lane.profiles {
                let customer = Array(lane.bytes[row.customer.range])
                versions[customer] = min(versions[customer] ?? .max, row.version)
            }
        }
        return versions.map { (customer: $0.key, version: $0.value) }
    }
}
