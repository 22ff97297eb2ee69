import Interactions
import Profiles
import Scoring

/// Where an event stands among the decoded pieces of a batch.
package struct EventPlace: Sendable {
    package var piece: UInt32
    package var index: UInt32

    package init(piece: Int, index: Int) {
        self.piece = UInt32(piece)
        self.index = UInt32(index)
    }
}

/// What one person's events of a batch do to what is stored of that person: the pure step between load and commit.
package struct PersonFold: Sendable {
    package let rules: FoldRules
    package let model: ScoringModel

    package init(rules: FoldRules, model: ScoringModel) {
        self.rules = rules
        self.model = model
    }

    /// What is to be written and remembered of one person.
    package struct Result {
        /// What the next fold starts from.
        package var stored: Stored
        /// Index of the person's row in the lane; nil when nothing changed or nothing is left.
        package var row: Int?
        package var erasure: Changeset.Erasure?
        package var referrals: [Referral] = []
        /// Identities that must have a profile because an event named them.
        package var named: [[UInt8]] = []
        package var applied = 0
        package var duplicates = 0
    }

    /// Folds the events at `places`, in that order, and appends the person's row and transitions to `lane`.
    package func fold(
        _ customer: [UInt8], _ stored: Stored, places: ArraySlice<EventPlace>, pieces: [InteractionBatch], now: Int64,
        into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        var result = Result(stored: stored)
        let base = try profile(of: customer, stored)
        let before = base.referrals()
        var fold = Fold(base, rules)
        var newest: (moment: Moment, place: EventPlace)?
        for place in places {
            let piece = Int(place.piece)
            let event = pieces[piece].interactions[Int(place.index)]
            let bytes = pieces[piece].bytes
            guard fold.apply(event, bytes: bytes.span) else {
                result.duplicates += 1
                continue
            }
            result.applied += 1
            if !event.settings.isEmpty {
                let range = Int(event.settings.lowerBound)..<Int(event.settings.upperBound)
                fold.apply(pieces[piece].settings[range], of: event, bytes: bytes.span)
            }
            let moment = Moment(time: event.occurredAt, hash: event.hash)
            if newest == nil || newest!.moment < moment { newest = (moment, place) }
            switch event.type {
            case .link: result.named.append(Array(bytes[event.target.range]))
            case .purchase where !event.referrer.isAbsent:
                result.named.append(Array(bytes[event.referrer.range]))
            default: break
            }
        }
        let erasedUntil = fold.erasedUntil
        let departed = fold.departedReferrals
        guard let newest else { return result }
        var folded = fold.finish()
        result.referrals = folded.referralChanges(since: before, departed: departed)

        var from = stored
        if let erasedUntil {
            result.erasure = erasure(of: customer, stored, folded, until: erasedUntil)
            from = .absent
            if folded.isEmpty {
                result.stored = .erased(until: erasedUntil)
                return result
            }
        }
        let event = pieces[Int(newest.place.piece)].interactions[Int(newest.place.index)]
        let id = pieces[Int(newest.place.piece)].bytes[event.eventID.range]
        write(
            customer, from, &folded, cause: .event(id: id, occurredAt: event.occurredAt), now: now, into: &lane, &result
        )
        return result
    }

    /// Takes in what other people's purchases mean to this person, and makes sure there is a profile.
    package func apply(
        _ referrals: [Referral], to customer: [UInt8], _ stored: Stored, now: Int64, into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        var result = Result(stored: stored)
        var profile = try profile(of: customer, stored)
        var cause: Cause = .time
        var isChanged = false
        if case .absent = stored { isChanged = true }
        for referral in referrals where profile.apply(referral, rules) {
            isChanged = true
            cause = .event(id: Self.referral[...], occurredAt: referral.time)
        }
        // An identity erased for ever stays without a profile until it acts or earns again.
        if isChanged { write(customer, stored, &profile, cause: cause, now: now, into: &lane, &result) }
        return result
    }

    /// Evaluates a profile anew because time has passed.
    package func review(
        _ profile: StoredProfile, now: Int64, into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        let stored = Stored.profile(profile)
        var result = Result(stored: stored)
        var folded = try Profile(decoding: profile.state.span)
        write(profile.customer, stored, &folded, cause: .time, now: now, into: &lane, &result)
        return result
    }

    /// What stands for an event's id where somebody else's purchase is the cause.
    private static let referral = Array("referral".utf8)

    private enum Cause {
        case event(id: ArraySlice<UInt8>, occurredAt: Int64)
        case time
    }

    private func profile(of customer: [UInt8], _ stored: Stored) throws(EncodingError) -> Profile {
        switch stored {
        case .absent: Profile(named: customer.span)
        case .erased(let until): Profile(erased: customer.span, until: until)
        case .profile(let profile): try Profile(decoding: profile.state.span)
        }
    }

    private func erasure(
        of customer: [UInt8], _ stored: Stored, _ folded: Profile, until: Int64
    ) -> Changeset.Erasure {
        var version: Int64 = 0
        if case .profile(let profile) = stored { version = profile.version }
        let identities = folded.identities.map { register in
            let identity = Array(folded.strings.bytes[folded.strings.range(register.identity)])
            return (identity: identity, hash: rules.hashKey.identity(identity.span))
        }
        return Changeset.Erasure(customer: customer, version: version, identities: identities, until: until)
    }

    // MARK: - Rows

    /// Evaluates `folded` and appends its row and what changed; `from` is what the write is guarded by.
    private func write(
        _ customer: [UInt8], _ from: Stored, _ folded: inout Profile, cause: Cause, now: Int64,
        into lane: inout Changeset.Lane, _ result: inout Result
    ) {
        var old: StoredProfile?
        if case .profile(let profile) = from { old = profile }
        // The clock may be behind the one that evaluated last; a profile never goes back in time.
        let now = max(now, old?.standing.evaluatedAt ?? .min)
        let evaluation = Evaluation(folded, at: now, model: model, calendar: rules.calendar)
        let name = lane.append(customer)
        var standing = Standing(
            level: evaluation.level, connection: evaluation.connection, lifecycle: evaluation.lifecycle,
            levelSince: now, connectionSince: now, lifecycleSince: now, evaluatedAt: now,
            reviewAt: Swift.min(evaluation.changesAt, now.saturatingAdd(Self.reviewInterval)))
        addTransitions(name, old?.standing, &standing, evaluation, cause, now, into: &lane)

        let start = lane.bytes.count
        folded.encode(into: &lane.bytes)
        let state = Text(start: start, count: lane.bytes.count - start)
        result.row = lane.profiles.count
        lane.profiles.append(
            Changeset.ProfileRow(
                customer: name, state: state, version: old?.version ?? 0, evaluation: evaluation, standing: standing))
        result.stored = .profile(
            StoredProfile(
                customer: customer, version: (old?.version ?? 0) + 1, state: Array(lane.bytes[state.range]),
                standing: standing))
    }

    /// Scores as of `evaluated_at` are never older than this, though nothing turns.
    private static let reviewInterval: Int64 = 86_400_000

    private func addTransitions(
        _ name: Text, _ old: Standing?, _ new: inout Standing, _ evaluation: Evaluation, _ cause: Cause, _ now: Int64,
        into lane: inout Changeset.Lane
    ) {
        typealias Row = Changeset.TransitionRow
        // The event's id is copied only when there is something to explain.
        guard old?.level != new.level || old?.connection != new.connection || old?.lifecycle != new.lifecycle else {
            new.levelSince = old?.levelSince ?? now
            new.connectionSince = old?.connectionSince ?? now
            new.lifecycleSince = old?.lifecycleSince ?? now
            return
        }
        let by: Row.Cause
        let instant: Int64
        switch cause {
        case .time:
            by = .time
            instant = now
        case .event(let id, let occurredAt):
            by = .event(lane.append(Array(id)))
            instant = occurredAt
        }
        func effective(since: Int64?, _ instant: Int64) -> Int64 { Swift.max(instant, since ?? .min) }
        func add(_ dimension: Row.Dimension, from: String?, to: String, at: Int64, cause: Row.Cause) {
            lane.transitions.append(
                Row(customer: name, dimension: dimension, from: from, to: to, effectiveAt: at, cause: cause))
        }

        if old?.level != new.level {
            new.levelSince = effective(since: old?.levelSince, instant)
            add(.level, from: old?.level.name, to: new.level.name, at: new.levelSince, cause: by)
        } else if let old {
            new.levelSince = old.levelSince
        }
        if old?.connection != new.connection {
            new.connectionSince = effective(since: old?.connectionSince, instant)
            add(.connection, from: old?.connection.name, to: new.connection.name, at: new.connectionSince, cause: by)
        } else if let old {
            new.connectionSince = old.connectionSince
        }
        if old?.lifecycle != new.lifecycle {
            // Time began the stage when it turned after the last evaluation; else what was folded did.
            var stageCause = by
            var stageInstant = instant
            if let turned = evaluation.lifecycleTurnedAt, turned > old?.evaluatedAt ?? .max || isTime(by) {
                stageCause = .time
                stageInstant = turned
            }
            new.lifecycleSince = effective(since: old?.lifecycleSince, stageInstant)
            add(
                .lifecycle, from: old?.lifecycle.name, to: new.lifecycle.name, at: new.lifecycleSince, cause: stageCause
            )
            if old != nil, new.lifecycle == .atRisk || new.lifecycle == .lapsed {
                add(
                    .winBack, from: nil, to: new.lifecycle.name, at: new.lifecycleSince, cause: stageCause)
            }
        } else if let old {
            new.lifecycleSince = old.lifecycleSince
        }
    }

    private func isTime(_ cause: Changeset.TransitionRow.Cause) -> Bool {
        if case .time = cause { true } else { false }
    }
}

extension Changeset.Lane {
    fileprivate mutating func append(_ bytes: [UInt8]) -> Text {
        let start = self.bytes.count
        self.bytes.append(contentsOf: bytes)
        return Text(start: start, count: bytes.count)
    }
}
