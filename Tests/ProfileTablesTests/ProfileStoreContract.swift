import Ingest
import Interactions
import Scoring
import Testing

/// What every `ProfileStore` promises, whatever it is made of. Each check begins with an empty store.
struct ProfileStoreContract {
    /// Two workers' views of one empty store.
    let make: () throws -> (any ProfileStore, any ProfileStore)

    static let topic = Partition(topic: "events", number: 0)
    static let other = Partition(topic: "events", number: 7)

    func positionsMoveOnlyFromWhereTheyAre() throws {
        let (a, b) = try make()
        #expect(try a.progress(of: [Self.topic, Self.other]) == [Self.topic: 0, Self.other: 0])
        var change = Changeset()
        change.slices = [slice(0, 10), slice(0, 5, Self.other)]
        guard case .committed = try a.commit(change) else { throw Unexpected("the first commit") }
        #expect(try isFenced(b, change))
        change.slices = [slice(10, 20), slice(0, 9, Self.other)]
        change.add("crm:fenced")
        #expect(try b.commit(change) == .fenced([Self.other]))
        // Nothing of it was written: neither the position that did stand right nor the profile.
        #expect(try a.progress(of: [Self.topic, Self.other]) == [Self.topic: 10, Self.other: 5])
        #expect(try kind(a.load([bytes("crm:fenced")])) == ["absent"])
    }

    private func isFenced(_ store: any ProfileStore, _ change: Changeset) throws -> Bool {
        guard case .fenced(let partitions) = try store.commit(change) else { return false }
        return Set(partitions) == [Self.topic, Self.other]
    }

    func profilesComeBackAsTheyWent() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        let odd = "crm:\t\\N\"'\u{1F409}\u{7f}end"
        let state: [UInt8] = (0...255).map { UInt8($0) } + Array("\\.\n\\N".utf8) + [0, 0xff]
        var change = Changeset()
        change.slices = [slice(0, 1)]
        change.add(odd, state: state, standing: standing(level: .friend, lifecycle: .atRisk, review: 5_000))
        change.add("crm:empty", state: [])
        _ = try a.commit(change)
        let stored = try b.load([bytes("crm:none"), bytes("crm:empty"), bytes(odd), bytes("crm:empty")])
        #expect(kind(stored) == ["absent", "1", "1", "1"])
        guard case .profile(let profile) = stored[2] else { throw Unexpected("no profile") }
        #expect(profile.customer == bytes(odd) && profile.state == state && profile.version == 1)
        #expect(profile.standing == standing(level: .friend, lifecycle: .atRisk, review: 5_000))
        #expect(try b.load([]).isEmpty)
    }

    func versionsGuardEveryWrite() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var first = Changeset()
        first.slices = [slice(0, 1)]
        for name in ["crm:1", "crm:2", "crm:3"] { first.add(name) }
        _ = try a.commit(first)
        // New where there is one; read at a version that is past; read where there is none.
        for (name, version) in [("crm:1", Int64(0)), ("crm:2", 2), ("crm:2", 7), ("crm:gone", 1), ("crm:gone", 4)] {
            var change = Changeset()
            change.slices = [slice(1, 2)]
            change.add("crm:3", version: 1, state: [9])
            change.add("crm:new", state: [9])
            change.add(name, version: version, state: [9])
            #expect(try b.commit(change) == .conflicted([bytes(name)]), "\(name) at \(version)")
        }
        #expect(
            try kind(a.load(["crm:1", "crm:2", "crm:3", "crm:new", "crm:gone"].map(bytes)))
                == ["1", "1", "1", "absent", "absent"])
        #expect(try a.progress(of: [Self.topic]) == [Self.topic: 1])
        var change = Changeset()
        change.slices = [slice(1, 2)]
        change.add("crm:3", version: 1, state: [9])
        guard case .committed = try b.commit(change) else { throw Unexpected("the right version") }
        #expect(try kind(a.load([bytes("crm:3")])) == ["2"])
    }

    func reviewsAreLoweredByFoldsAndSetByReviews() throws {
        let (a, _) = try make()
        _ = try a.progress(of: [Self.topic])
        func write(_ offset: Int64?, _ version: Int64, _ review: Int64) throws -> Int64 {
            var change = Changeset()
            if let offset { change.slices = [slice(offset, offset + 1)] }
            change.add("crm:1", version: version, standing: standing(review: review))
            guard case .committed = try a.commit(change) else { throw Unexpected("\(review)") }
            guard case .profile(let profile) = try a.load([bytes("crm:1")])[0] else { throw Unexpected("none") }
            return profile.standing.reviewAt
        }
        #expect(try write(0, 0, 5_000) == 5_000)
        #expect(try write(1, 1, 9_000) == 5_000, "an event only lowers it")
        #expect(try write(2, 2, 3_000) == 3_000)
        #expect(try write(nil, 3, 9_000) == 9_000, "a review sets it")
        #expect(try write(nil, 4, .max) == .max, "never")
    }

    func claimsAreNotSharedAndEnd() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var change = Changeset()
        change.slices = [slice(0, 1)]
        for (index, name) in ["crm:c", "crm:a", "crm:b"].enumerated() {
            change.add(name, standing: standing(review: Int64(index + 1) * 1_000))
        }
        change.add("crm:never", standing: standing(review: .max))
        _ = try a.commit(change)
        let mine = try a.claimDue(limit: 2)
        #expect(mine.due.map(\.customer) == [bytes("crm:c"), bytes("crm:a")] && mine.now > 1_700_000_000_000)
        #expect(try b.claimDue(limit: 5).due.map(\.customer) == [bytes("crm:b")])
        b.releaseClaim()
        var review = Changeset()
        for profile in mine.due {
            review.add(
                String(decoding: profile.customer, as: UTF8.self), version: profile.version,
                standing: standing(review: .max))
        }
        guard case .committed = try a.commit(review) else { throw Unexpected("the review") }
        #expect(try b.claimDue(limit: 5).due.map(\.customer) == [bytes("crm:b")])
        b.releaseClaim()
        #expect(try a.claimDue(limit: 5).due.map(\.customer) == [bytes("crm:b")], "a claim given up is free again")
        a.releaseClaim()
    }

    func theErasedStayErased() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var change = Changeset()
        change.slices = [slice(0, 1)]
        change.add("crm:1")
        _ = try a.commit(change)
        func erase(_ name: String, version: Int64, from: Int64, until: Int64) throws -> CommitOutcome {
            var change = Changeset()
            change.slices = [slice(from, from + 1)]
            let identity = bytes(name)
            change.erasures = [
                Changeset.Erasure(
                    customer: identity, version: version,
                    identities: [(identity, HashKey.standard.identity(identity.span))], until: until)
            ]
            return try b.commit(change)
        }
        #expect(try erase("crm:1", version: 0, from: 1, until: 7_000) == .conflicted([bytes("crm:1")]))
        #expect(try erase("crm:1", version: 2, from: 1, until: 7_000) == .conflicted([bytes("crm:1")]))
        #expect(try erase("crm:none", version: 2, from: 1, until: 7_000) == .conflicted([bytes("crm:none")]))
        #expect(try kind(a.load([bytes("crm:1")])) == ["1"])
        guard case .committed = try erase("crm:1", version: 1, from: 1, until: 7_000) else { throw Unexpected("erase") }
        #expect(try kind(a.load([bytes("crm:1")])) == ["erased 7000"])
        guard case .committed = try erase("crm:1", version: 0, from: 2, until: 6_000) else { throw Unexpected("again") }
        #expect(try kind(a.load([bytes("crm:1"), bytes("crm:2")])) == ["erased 7000", "absent"], "never sooner")
    }

    // MARK: - Values

    struct Unexpected: Error { init(_ what: String) { Issue.record("unexpected: \(what)") } }

    func bytes(_ name: String) -> [UInt8] { Array(name.utf8) }
    func slice(_ start: Int64, _ end: Int64, _ partition: Partition = topic) -> Slice {
        Slice(partition: partition, start: start, end: end)
    }

    /// `absent`, the version of a profile, or until when it is erased.
    func kind(_ stored: [Stored]) -> [String] {
        stored.map {
            switch $0 {
            case .absent: "absent"
            case .profile(let profile): "\(profile.version)"
            case .erased(let until): "erased \(until)"
            }
        }
    }
}

func standing(level: Level = .visitor, lifecycle: Lifecycle = .prospect, review: Int64 = .max) -> Standing {
    Standing(
        level: level, connection: Connection(level), lifecycle: lifecycle, tier: .gold, levelSince: -1,
        connectionSince: 1, lifecycleSince: 1_700_000_000_123, tierSince: 1_700_000_000_300,
        evaluatedAt: 1_700_000_000_456, reviewAt: review, versions: Versions(definitions: 2, calibration: 7))
}

extension Changeset {
    /// Adds a profile in a lane of its own.
    mutating func add(
        _ name: String, version: Int64 = 0, state: [UInt8] = [1], standing: Standing = standing()
    ) {
        var lane = Lane()
        lane.bytes = Array(name.utf8) + state
        var evaluation = Evaluation()
        evaluation.level = standing.level
        evaluation.connection = standing.connection
        evaluation.lifecycle = standing.lifecycle
        evaluation.tier = standing.tier
        lane.profiles = [
            ProfileRow(
                customer: Text(start: 0, count: name.utf8.count),
                state: Text(start: name.utf8.count, count: state.count), version: version, evaluation: evaluation,
                standing: standing)
        ]
        lanes.append(lane)
    }

    /// Adds a transition to the last lane, of its first profile.
    mutating func addTransition(from: String?, to: String) {
        let last = lanes.count - 1
        lanes[last].transitions.append(
            TransitionRow(
                customer: lanes[last].profiles[0].customer, dimension: .level, from: from, to: to, effectiveAt: 5,
                cause: .time))
    }
}
