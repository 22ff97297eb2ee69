import Ingest
import Interactions
import Profiles
import Scoring
import Synchronization
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

    /// What somebody else has written meanwhile is folded again, on what is stored then, and nothing else is.
    func whoeverWasWrittenMeanwhileIsFoldedAgain() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic, Self.other])
        var first = Changeset()
        first.slices = [slice(0, 1)]
        for name in ["crm:1", "crm:2", "crm:3", "crm:other"] { first.add(name) }
        _ = try a.commit(first)
        var second = Changeset()
        second.slices = [slice(0, 1, Self.other)]
        second.add("crm:1", version: 1, state: [7])
        second.add("crm:new", state: [8])
        _ = try b.commit(second)

        // Read before that: crm:1 at version 1, crm:new not there. Of crm:2 it is known that it was folded on nothing.
        var change = Changeset()
        change.slices = [slice(1, 2)]
        for (name, version) in [("crm:1", Int64(1)), ("crm:2", 77), ("crm:3", 1), ("crm:new", 0), ("crm:newer", 0)] {
            change.add(name, version: version, state: [9])
            change.addTransition(from: nil, to: "friend")
        }
        change.stale = [bytes("crm:2")]
        // The fold: everybody's state grows by a nine; crm:other is concerned too, once it is known.
        change.refold = { people, others in
            var result = Refolded()
            if others.isEmpty { result.missing = [Array("crm:other".utf8)] }
            var rows = Changeset()
            for (customer, stored) in people.merging(others, uniquingKeysWith: { old, _ in old }) {
                guard case .profile(let profile) = stored else { return nil }
                rows.add(
                    String(decoding: customer, as: UTF8.self), version: profile.version, state: profile.state + [9])
            }
            result.rows = rows.lanes.reduce(into: Changeset.Lane()) { lane, one in lane.take(one) }
            return result
        }
        guard case .committed(_, let refolded) = try a.commit(change) else { throw Unexpected("not folded again") }
        #expect(refolded == Set(["crm:1", "crm:2", "crm:new"].map(bytes)))
        let names = ["crm:1", "crm:2", "crm:3", "crm:new", "crm:newer", "crm:other"]
        let states = try b.load(names.map(bytes)).map { stored -> [UInt8] in
            guard case .profile(let profile) = stored else { return [] }
            return [UInt8(profile.version)] + profile.state
        }
        #expect(states == [[3, 7, 9], [2, 1, 9], [2, 9], [2, 8, 9], [1, 9], [2, 1, 9]])
        #expect(try b.progress(of: [Self.topic]) == [Self.topic: 2])
    }

    /// Where it cannot be folded again the batch is refused whole, as without a way to do so.
    func whatCannotBeFoldedAgainIsAConflict() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var first = Changeset()
        first.slices = [slice(0, 1)]
        first.add("crm:1")
        _ = try b.commit(first)
        func change(_ name: String, _ version: Int64, erases: Bool = false, _ refold: @escaping Refold) -> Changeset {
            var change = Changeset()
            change.slices = [slice(1, 2)]
            change.add("crm:2", state: [9])
            change.add(name, version: version, state: [9])
            if erases { change.addErasure(of: name, version: version, until: 5) }
            change.refold = refold
            return change
        }
        let same: Refold = { _, _ in Refolded() }
        #expect(try a.commit(change("crm:1", 0) { _, _ in nil }) == .conflicted([bytes("crm:1")]))
        #expect(
            try a.commit(change("crm:1", 7) { _, _ throws(EncodingError) in throw .malformed })
                == .conflicted([bytes("crm:1")]))
        #expect(try a.commit(change("crm:1", 7, erases: true, same)) == .conflicted([bytes("crm:1")]))
        #expect(try kind(a.load(["crm:1", "crm:2"].map(bytes))) == ["1", "absent"])
        #expect(try a.progress(of: [Self.topic]) == [Self.topic: 1])
    }

    /// Rows that are folded while others are written count as those that were there: over what they were read at, the
    /// last over those that came before, all of them or none.
    func rowsToComeAreWrittenAfterThoseThatCame() throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var first = Changeset()
        first.slices = [slice(0, 1)]
        first.add("crm:1")
        _ = try b.commit(first)
        func rows(_ people: [(String, Int64, UInt8)]) -> [Changeset.Lane] {
            var change = Changeset()
            for (name, version, state) in people { change.add(name, version: version, state: [state]) }
            return change.lanes
        }
        func change(_ start: Int64, _ answers: [ArrivingRows?]) -> Changeset {
            let left = Mutex(answers)
            var change = Changeset()
            change.slices = [slice(start, start + 1)]
            change.toCome = { left.withLock { $0.removeFirst() } }
            return change
        }
        func states() throws -> [[UInt8]] {
            try b.load(["crm:1", "crm:2", "crm:3", "crm:4"].map(bytes)).map { stored -> [UInt8] in
                guard case .profile(let profile) = stored else { return [] }
                return [UInt8(profile.version)] + profile.state
            }
        }
        let came = [ArrivingRows.earlier(rows([("crm:1", 1, 2), ("crm:2", 0, 3)])), .earlier(rows([("crm:3", 0, 4)]))]
        let last = rows([("crm:1", 2, 5), ("crm:3", 1, 6), ("crm:4", 0, 7)])
        // Given up, and with somebody among the last whom somebody else has written.
        #expect(throws: StoreError.self) { try a.commit(change(1, came + [nil])) }
        #expect(
            try a.commit(change(1, came + [.last(last + rows([("crm:5", 7, 8)]))])) == .conflicted([bytes("crm:5")]))
        #expect(try states() == [[1, 1], [], [], []])
        #expect(try a.progress(of: [Self.topic]) == [Self.topic: 1])

        guard case .committed = try a.commit(change(1, came + [.last(last)])) else { throw Unexpected("not written") }
        #expect(try states() == [[3, 5], [1, 3], [2, 6], [1, 7]])
        // The same where all are there, as when a commit is tried again.
        var again = Changeset()
        again.slices = [slice(2, 3)]
        again.earlier = rows([("crm:1", 3, 8)])
        again.lanes = rows([("crm:1", 4, 9), ("crm:2", 1, 9)])
        guard case .committed = try a.commit(again) else { throw Unexpected("not written again") }
        #expect(try states() == [[5, 9], [2, 9], [2, 6], [1, 7]])
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
        func erase(
            _ name: String, version: Int64, hasProfile: Bool = true, from: Int64, until: Int64
        ) throws -> CommitOutcome {
            var change = Changeset()
            change.slices = [slice(from, from + 1)]
            change.addErasure(of: name, version: version, hasProfile: hasProfile, until: until)
            return try b.commit(change)
        }
        #expect(
            try erase("crm:1", version: 0, hasProfile: false, from: 1, until: 7_000) == .conflicted([bytes("crm:1")]))
        #expect(try erase("crm:1", version: 2, from: 1, until: 7_000) == .conflicted([bytes("crm:1")]))
        #expect(try erase("crm:none", version: 2, from: 1, until: 7_000) == .conflicted([bytes("crm:none")]))
        #expect(try kind(a.load([bytes("crm:1")])) == ["1"])
        guard case .committed = try erase("crm:1", version: 1, from: 1, until: 7_000) else { throw Unexpected("erase") }
        #expect(try kind(a.load([bytes("crm:1")])) == ["erased 7000 at 2"])
        #expect(
            try erase("crm:1", version: 0, hasProfile: false, from: 2, until: 9_000) == .conflicted([bytes("crm:1")]),
            "read before the other erasure")
        guard case .committed = try erase("crm:1", version: 2, hasProfile: false, from: 2, until: 6_000) else {
            throw Unexpected("again")
        }
        #expect(try kind(a.load([bytes("crm:1"), bytes("crm:2")])) == ["erased 7000 at 3", "absent"], "never sooner")
    }

    /// What was read of somebody before an erasure is not written after it, also where it passes for what came after;
    /// whoever comes back goes on from the erasure.
    ///
    /// - Parameter isOffered: rows are written as where others write people of ours.
    func theErasedComeBackAsSomebodyElse(isOffered: Bool) throws {
        let (a, b) = try make()
        _ = try a.progress(of: [Self.topic])
        var position: Int64 = 0
        func commit(_ store: any ProfileStore, _ fill: (inout Changeset) -> Void) throws -> String {
            var change = Changeset()
            change.slices = [slice(position, position + 1)]
            fill(&change)
            if isOffered { change.refold = { _, _ in nil } }
            switch try store.commit(change) {
            case .committed:
                position += 1
                return "written"
            case .conflicted(let people): return "not \(people.map { String(decoding: $0, as: UTF8.self) })"
            case let other: return "\(other)"
            }
        }
        // The first was there, the second never.
        #expect(try commit(a) { $0.add("crm:1") } == "written")
        let erase: (inout Changeset) -> Void = {
            $0.addErasure(of: "crm:1", version: 1, until: 7_000)
            $0.addErasure(of: "crm:2", version: 0, hasProfile: false, until: 8_000)
        }
        #expect(try commit(b, erase) == "written")
        #expect(try commit(a) { $0.add("crm:1", version: 1) } == "not [\"crm:1\"]", "as before")
        for (name, version) in [("crm:1", 2), ("crm:2", 1)] as [(String, Int64)] {
            #expect(try commit(a) { $0.add(name) } == "not [\"\(name)\"]", "as somebody never seen")
            #expect(try commit(a) { $0.add(name, version: version, isNew: true) } == "written")
            #expect(try commit(b) { $0.add(name, version: version, isNew: true) } == "not [\"\(name)\"]", "twice")
            #expect(try commit(b) { $0.add(name, version: version + 1) } == "written")
        }
        #expect(try kind(b.load(["crm:1", "crm:2"].map(bytes))) == ["4", "3"])
        // Erased in part: a row in the same commit.
        let again: (inout Changeset) -> Void = {
            $0.addErasure(of: "crm:1", version: 4, until: 9_000)
            $0.add("crm:1", version: 5, isNew: true)
        }
        #expect(try commit(a, again) == "written")
        #expect(try commit(b) { $0.add("crm:1", version: 4) } == "not [\"crm:1\"]")
        #expect(try commit(b) { $0.add("crm:1", version: 6) } == "written")
        #expect(try kind(a.load(["crm:1", "crm:3"].map(bytes))) == ["7", "absent"])
    }

    // MARK: - Values

    struct Unexpected: Error { init(_ what: String) { Issue.record("unexpected: \(what)") } }

    func bytes(_ name: String) -> [UInt8] { Array(name.utf8) }
    func slice(_ start: Int64, _ end: Int64, _ partition: Partition = topic) -> Slice {
        Slice(partition: partition, start: start, end: end)
    }

    /// `absent`, the version of a profile, or until when it is erased and the erasure's version.
    func kind(_ stored: [Stored]) -> [String] {
        stored.map {
            switch $0 {
            case .absent: "absent"
            case .profile(let profile): "\(profile.version)"
            case .erased(let until, let version): "erased \(until) at \(version)"
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
    ///
    /// - Parameter isNew: true of the first version where it is not said.
    mutating func add(
        _ name: String, version: Int64 = 0, isNew: Bool? = nil, state: [UInt8] = [1], standing: Standing = standing()
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
                state: Text(start: name.utf8.count, count: state.count), version: version,
                isNew: isNew ?? (version == 0), evaluation: evaluation, standing: standing)
        ]
        lanes.append(lane)
    }

    /// Adds an erasure in a lane of its own.
    mutating func addErasure(of name: String, version: Int64, hasProfile: Bool = true, until: Int64) {
        let identity = Array(name.utf8)
        var lane = Lane()
        lane.erasures = [
            Erasure(
                customer: identity, version: version, hasProfile: hasProfile,
                identities: [(identity, HashKey.standard.identity(identity.span))], until: until)
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

extension Changeset.Lane {
    /// Adds the rows of another lane.
    mutating func take(_ other: Changeset.Lane) {
        let start = bytes.count
        bytes += other.bytes
        for var row in other.profiles {
            row.customer = Text(start: start + row.customer.range.lowerBound, count: row.customer.range.count)
            row.state = Text(start: start + row.state.range.lowerBound, count: row.state.range.count)
            profiles.append(row)
        }
    }
}
