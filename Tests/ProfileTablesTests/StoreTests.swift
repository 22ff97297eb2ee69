import Ingest
import Interactions
import Postgres
import ProfileTables
import Testing

@Suite(.enabled(if: Database.isThere, "\(Database.missing)"))
struct StoreTests {
    /// Each check on a schema of its own, which lives as long as the check.
    private func contract(_ check: (ProfileStoreContract) throws -> Void) throws {
        let database = try Database()
        try withExtendedLifetime(database) {
            try check(ProfileStoreContract { (try database.store("w1"), try database.store("w2")) })
        }
    }

    @Test func positionsMoveOnlyFromWhereTheyAre() throws {
        try contract { try $0.positionsMoveOnlyFromWhereTheyAre() }
    }
    @Test func profilesComeBackAsTheyWent() throws { try contract { try $0.profilesComeBackAsTheyWent() } }
    @Test func versionsGuardEveryWrite() throws { try contract { try $0.versionsGuardEveryWrite() } }
    @Test func whoeverWasWrittenMeanwhileIsFoldedAgain() throws {
        try contract { try $0.whoeverWasWrittenMeanwhileIsFoldedAgain() }
    }
    @Test func whatCannotBeFoldedAgainIsAConflict() throws {
        try contract { try $0.whatCannotBeFoldedAgainIsAConflict() }
    }
    @Test func rowsToComeAreWrittenAfterThoseThatCame() throws {
        try contract { try $0.rowsToComeAreWrittenAfterThoseThatCame() }
    }
    @Test func reviewsAreLoweredByFoldsAndSetByReviews() throws {
        try contract { try $0.reviewsAreLoweredByFoldsAndSetByReviews() }
    }
    @Test func claimsAreNotSharedAndEnd() throws { try contract { try $0.claimsAreNotSharedAndEnd() } }
    @Test func theErasedStayErased() throws { try contract { try $0.theErasedStayErased() } }
    @Test(arguments: [false, true]) func theErasedComeBackAsSomebodyElse(isOffered: Bool) throws {
        try contract { try $0.theErasedComeBackAsSomebodyElse(isOffered: isOffered) }
    }

    @Test func everyTableMovesInOneTransaction() throws {
        let database = try Database()
        let store = try database.store()
        _ = try store.progress(of: [ProfileStoreContract.topic])
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 3)]
        change.add("crm:1")
        change.addTransition(from: nil, to: "visitor")
        change.rejections = [
            Changeset.RejectedRecord(
                partition: ProfileStoreContract.topic, offset: 2, code: .notUTF8, detail: "\t\\.", key: [0, 255],
                payload: [0, 10, 92, 46, 255], customer: Array("crm:1".utf8)),
            Changeset.RejectedRecord(
                partition: ProfileStoreContract.topic, offset: 1, code: .empty, detail: "", key: [], payload: nil),
        ]
        let before = store.roundTrips
        guard case .committed(let now, _) = try store.commit(change) else {
            Issue.record("not committed")
            return
        }
        #expect(try abs(store.now() - now) < 60_000)
        #expect(store.roundTrips - before < 20, "statements are prepared once, rows go by COPY")
        let counts = """
            SELECT (SELECT count(*) FROM profile) || ' ' || (SELECT count(*) FROM identity) || ' '
                || (SELECT count(*) FROM transition) || ' ' || (SELECT count(*) FROM transition_log_other) || ' '
                || (SELECT count(*) FROM rejection) || ' ' || (SELECT count(payload) FROM rejection)
            """
        #expect(try database.value(counts) == "1 1 1 0 2 1", "the transition is in the partition of its day")
        #expect(try database.value(#"SELECT encode(payload, 'hex') FROM rejection WHERE "offset" = 2"#) == "000a5c2eff")
        // A second time it is fenced, and a bad value in its last table takes all back.
        #expect(try store.commit(change) == .fenced([ProfileStoreContract.topic]))
        var bad = Changeset()
        bad.slices = [Slice(partition: ProfileStoreContract.topic, start: 3, end: 4)]
        bad.add("crm:2")
        bad.rejections = [
            Changeset.RejectedRecord(
                partition: ProfileStoreContract.topic, offset: 3, code: .notUTF8, detail: "NUL \0", key: [],
                payload: nil)
        ]
        let error = #expect(throws: StoreError.self) { try store.commit(bad) }
        #expect(error?.disposition == .reject && error?.sqlState == "22021")
        #expect(try database.value(counts) == "1 1 1 0 2 1")
        // An erase leaves the place of a record, not what it said.
        var erase = Changeset()
        erase.slices = [Slice(partition: ProfileStoreContract.topic, start: 3, end: 4)]
        let identity = Array("crm:1".utf8)
        var lane = Changeset.Lane()
        lane.erasures = [
            Changeset.Erasure(
                customer: identity, version: 1, hasProfile: true, identities: [(identity, 42)], until: 1)
        ]
        erase.lanes = [lane]
        guard case .committed = try store.commit(erase) else {
            Issue.record("not erased")
            return
        }
        #expect(try database.value(counts) == "0 0 0 0 2 0")
        #expect(try database.value("SELECT count(*) FROM rejection WHERE customer_id IS NOT NULL") == "0")
    }

    /// A plan is made while there is next to nothing and stays: it must not look at everybody for each of many.
    @Test func plansMadeWhileTablesAreYoungLookUpByKey() throws {
        let database = try Database()
        let (store, other) = (try database.store(), try database.store("w2"))
        let names = (0..<500).map { "crm:\($0)" }
        var first = Changeset()
        first.add("crm:first")
        first.addErasure(of: "crm:gone", version: 0, hasProfile: false, until: 1)
        guard case .committed = try store.commit(first) else { throw ProfileStoreContract.Unexpected("not committed") }
        func write(
            _ store: PostgresProfileStore, version: Int64, _ names: [String], refold: Refold? = nil
        ) throws -> Bool {
            var change = Changeset()
            for name in names { change.add(name, version: version) }
            change.refold = refold
            if case .committed = try store.commit(change) { return true }
            return false
        }
        let again: Refold = { people, _ in
            var rows = Changeset()
            for (customer, stored) in people.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
                rows.add(String(decoding: customer, as: UTF8.self), version: stored.version)
            }
            var result = Refolded()
            result.rows = rows.lanes.reduce(into: Changeset.Lane()) { lane, one in lane.take(one) }
            return result
        }
        // Each statement more often than it takes PostgreSQL to settle for one plan.
        for number in 0..<8 {
            _ = try store.load([Array("crm:none".utf8)])
            #expect(try write(store, version: 0, ["crm:young\(number)"]))
            #expect(try !write(store, version: 0, ["crm:young\(number)"]), "a conflict")
            #expect(try write(other, version: 0, ["crm:young\(number)"], refold: again))
        }
        #expect(try write(store, version: 0, names))
        #expect(try store.load(names.map { Array($0.utf8) }).allSatisfy(\.isProfile))
        #expect(try write(store, version: 1, names))
        #expect(try !write(store, version: 1, names))
        #expect(try write(other, version: 1, names, refold: again))
        // What a backend has counted is certainly seen once it is gone.
        try database.terminate("w1")
        try database.terminate("w2")
        let read = try database.value(
            """
            SELECT coalesce(sum(seq_tup_read), 0) || ' ' || (sum(idx_scan) > 2000)::text FROM pg_stat_user_tables
            WHERE schemaname = current_schema() AND relname ~ '^(profile_|erasure)'
            """)
        #expect(read == "0 true")
    }

    @Test func aLookForTheStaleGoesPastSoManyPeopleOnly() throws {
        let database = try Database()
        var settings = database.settings()
        settings.peopleLookedAt = 10
        let store = try PostgresProfileStore(settings)
        var change = Changeset()
        for number in 0..<100 { change.add("crm:\(number)") }
        guard case .committed = try store.commit(change) else {
            Issue.record("not committed")
            return
        }
        // One of them is not as all others are, and all parts are to be looked through.
        let versions = Versions(definitions: 0, calibration: 0)
        try database.connection.execute(
            """
            UPDATE profile SET definitions = 0, calibration = 0; UPDATE profile SET definitions = 3 WHERE customer_id = 'crm:7';
            UPDATE backfill SET definitions = 0, calibration = 0, position = '', done = false
            """)
        var found: [String] = []
        var looks = 0
        while try database.value("SELECT count(*) FROM backfill WHERE NOT done") != "0", looks < 50 {
            looks += 1
            let claim = try store.claimStale(versions, limit: 5)
            found += claim.due.map { String(decoding: $0.customer, as: UTF8.self) }
            if claim.due.isEmpty { continue }
            var review = Changeset()
            for profile in claim.due { review.add("crm:7", version: profile.version) }
            guard case .committed = try store.commit(review) else {
                Issue.record("not committed")
                return
            }
        }
        #expect(found == ["crm:7"])
        #expect((10...30).contains(looks), "\(looks)")
    }

    @Test func whatOneEventChangedIsOneRowOfTheLog() throws {
        let database = try Database()
        var change = Changeset()
        change.revisions = [
            SegmentRevision(number: 7, id: "fans", state: .current, version: 1, digest: "a"),
            SegmentRevision(number: 8, id: "new", state: .preparing, version: 1, digest: "b"),
        ]
        change.add("crm:1")
        change.add("crm:2")
        for (lane, name) in ["crm:1", "crm:2"].enumerated() {
            // The event's id stands twice, as whoever appends a change does not look for it.
            let event = change.lanes[lane].bytes.count
            change.lanes[lane].bytes += Array("e-9e-9".utf8)
            let customer = Text(start: 0, count: name.utf8.count)
            func row(
                _ dimension: Changeset.TransitionRow.Dimension, from: String?, to: String, at: Int64,
                _ cause: Changeset.TransitionRow.Cause
            ) {
                change.lanes[lane].transitions.append(
                    Changeset.TransitionRow(
                        customer: customer, dimension: dimension, from: from, to: to, effectiveAt: at, cause: cause))
            }
            if lane == 0 {
                row(.level, from: nil, to: "fan", at: 5, .event(Text(start: event, count: 3)))
                row(.lifecycle, from: "new", to: "active", at: 4, .time)
                row(.connection, from: "weak", to: "strong", at: 5, .event(Text(start: event, count: 3)))
            }
            for segment in [0, 1] {
                change.lanes[lane].memberships.append(
                    Changeset.MembershipChange(
                        customer: customer, segment: segment, isEntry: true, effectiveAt: 5,
                        cause: .event(Text(start: event + 3, count: 3))))
            }
        }
        guard case .committed = try database.store().commit(change) else {
            Issue.record("not committed")
            return
        }
        let rows = """
            SELECT string_agg(concat_ws(' ', customer_id, dimension, coalesce("from", '-'), coalesce("to", '-'), cause,
                (extract(epoch FROM effective_at) * 1000)::bigint), ', ' ORDER BY id)
            FROM transition
            """
        #expect(
            try database.value(rows) == """
                crm:1 level - fan e-9 5, crm:1 connection weak strong e-9 5, crm:1 segment - fans e-9 5, \
                crm:1 lifecycle new active time 4, crm:2 segment - fans e-9 5
                """)
        #expect(try database.value("SELECT count(*) FROM transition_log") == "3")
        #expect(try database.value("SELECT count(*) FROM segment_member") == "4")
    }

    @Test func aNameThatBelongsToAnotherIsAConflict() throws {
        let database = try Database()
        let store = try database.store()
        var change = Changeset()
        change.add("crm:1")
        _ = try store.commit(change)
        try database.connection.execute("INSERT INTO alias VALUES ('phone:1', 'crm:1')")
        guard case .profile(let profile) = try store.load([Array("phone:1".utf8)])[0] else {
            Issue.record("an alias is not found")
            return
        }
        #expect(profile.customer == Array("crm:1".utf8))
        change = Changeset()
        change.add("phone:1")
        change.add("crm:3")
        #expect(try store.commit(change) == .conflicted([Array("phone:1".utf8)]))
        // Also where people may be folded again: this one would be another person.
        change.refold = { _, _ in nil }
        #expect(try store.commit(change) == .conflicted([Array("phone:1".utf8)]))
        #expect(try database.value("SELECT count(*) FROM profile") == "1")
    }

    @Test func aLostConnectionIsAbandonedAndMadeAnew() throws {
        let database = try Database()
        let store = try database.store()
        _ = try store.progress(of: [ProfileStoreContract.topic])
        try database.terminate()
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
        change.add("crm:1")
        let error = #expect(throws: StoreError.self) { try store.commit(change) }
        #expect(error?.disposition == .abandon)
        #expect(throws: StoreError.self) { try store.now() }
        #expect(try store.progress(of: [ProfileStoreContract.topic]) == [ProfileStoreContract.topic: 0])
        guard case .committed = try store.commit(change) else {
            Issue.record("not committed on a new connection")
            return
        }
        #expect(try store.now() > 0)
    }

    @Test func aConnectionThatBreaksAtCommitLeavesTheAnswerToProgress() throws {
        let database = try Database()
        // A trigger that is run by COMMIT itself ends the backend: the client never learns what became of it.
        try database.connection.execute(
            """
            CREATE FUNCTION fall() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER fall AFTER INSERT ON rejection DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION fall();
            """)
        let store = try database.store()
        _ = try store.progress(of: [ProfileStoreContract.topic])
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
        change.rejections = [
            Changeset.RejectedRecord(
                partition: ProfileStoreContract.topic, offset: 0, code: .empty, detail: "", key: [], payload: nil)
        ]
        let error = #expect(throws: StoreError.self) { try store.commit(change) }
        #expect(error?.disposition == .abandon && error?.description.contains("commit") == true)
        #expect(try store.progress(of: [ProfileStoreContract.topic]) == [ProfileStoreContract.topic: 0])
    }

    @Test func aFrozenClaimIsAbandoned() async throws {
        let database = try Database()
        var settings = database.settings()
        settings.idleTimeout = 100
        let store = try PostgresProfileStore(settings)
        var change = Changeset()
        change.add("crm:1", standing: standing(review: 1))
        _ = try store.commit(change)
        #expect(try store.claimDue(limit: 1).due.count == 1)
        try await Task.sleep(for: .milliseconds(400))
        change = Changeset()
        change.add("crm:1", version: 1)
        let error = #expect(throws: StoreError.self) { try store.commit(change) }
        #expect(error?.disposition == .abandon)
        guard case .committed = try store.commit(change) else {
            Issue.record("not committed on a new connection")
            return
        }
    }

    @Test func aLockThatIsHeldIsTriedAgain() throws {
        let database = try Database()
        var settings = database.settings()
        settings.lockTimeout = 50
        let store = try PostgresProfileStore(settings)
        _ = try store.progress(of: [ProfileStoreContract.topic])
        try database.connection.execute("BEGIN; SELECT * FROM progress FOR UPDATE")
        var change = Changeset()
        change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
        let error = #expect(throws: StoreError.self) { try store.commit(change) }
        #expect(error?.disposition == .retry && error?.sqlState == "55P03")
        try database.connection.execute("ROLLBACK")
        guard case .committed = try store.commit(change) else {
            Issue.record("the same connection goes on")
            return
        }
    }

    @Test func aReadOnlyServerIsAbandoned() throws {
        let database = try Database()
        _ = try database.store().progress(of: [ProfileStoreContract.topic])
        var settings = database.settings()
        settings.conninfo += " options='-c default_transaction_read_only=on'"
        let error = #expect(throws: StoreError.self) {
            let store = try PostgresProfileStore(settings)
            var change = Changeset()
            change.slices = [Slice(partition: ProfileStoreContract.topic, start: 0, end: 1)]
            _ = try store.commit(change)
        }
        #expect(error?.disposition == .abandon && error?.sqlState == "25006")
    }
}
