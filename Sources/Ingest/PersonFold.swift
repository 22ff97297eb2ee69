import Interactions
import Profiles
import Scoring
import Segments

/// What one person's events of a batch do to what is stored of that person: the pure step between load and commit.
public struct PersonFold: Sendable {
    public let rules: FoldRules
    public var definitions: Definitions {
        didSet { evaluator = Self.evaluator(rules, definitions) }
    }
    /// Keeps its working memory from one person to the next.
    var evaluator: SegmentEvaluator

    public init(rules: FoldRules, definitions: Definitions = Definitions()) {
        self.rules = rules
        self.definitions = definitions
        evaluator = Self.evaluator(rules, definitions)
    }

    private static func evaluator(_ rules: FoldRules, _ definitions: Definitions) -> SegmentEvaluator {
        SegmentEvaluator(
            definitions.segments.program,
            by: Judge(
                model: definitions.model, calibration: definitions.calibration, calendar: rules.calendar))
    }

    /// By what people are judged.
    var judge: Judge { evaluator.judge }

    /// What is to be written and remembered of one person.
    public struct Result {
        /// What the next fold starts from.
        public var stored: Stored
        /// Index of the person's row in the lane; nil when nothing changed or nothing is left.
        public var row: Int?
        public var referrals: [Referral] = []
        /// Identities that must have a profile because an event named them.
        public var named: [[UInt8]] = []
        public var applied = 0
        public var duplicates = 0
    }

    /// Folds a person's events, and appends the person's row and transitions to `lane`.
    ///
    /// - Parameter own: where in `events` those of the person stand, in order of arrival.
    public mutating func fold(
        _ customer: [UInt8], _ stored: Stored, _ events: NearEvents, _ own: Range<Int>, pieces: [InteractionBatch],
        now: Int64, into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        var result = Result(stored: stored)
        try fold(customer, stored, events, own, pieces: pieces, now: now, into: &lane, &result)
        return result
    }

    /// Into a result, as one that is both made and returned here would be copied whole.
    private mutating func fold(
        _ customer: [UInt8], _ stored: Stored, _ events: NearEvents, _ own: Range<Int>, pieces: [InteractionBatch],
        now: Int64, into lane: inout Changeset.Lane, _ result: inout Result
    ) throws(EncodingError) {
        var fold = Fold(try profile(of: customer, stored), rules)
        var turns = turns(of: fold.profile, stored, until: now)
        let before = fold.profile.referrals()
        var oldPoints = judge.model.movesPoints(events.types(own)) ? PointsLedger(fold.profile, by: judge) : nil
        var newest: (moment: Moment, index: Int)?
        var types = EventTypeSet()
        for index in own {
            let piece = Int(events.pieces[index])
            let event = events.interactions[index]
            let bytes = pieces[piece].bytes
            guard fold.apply(event, bytes: bytes.span) else {
                result.duplicates += 1
                continue
            }
            result.applied += 1
            types.insert(event.type)
            if !event.settings.isEmpty {
                let range = Int(event.settings.lowerBound)..<Int(event.settings.upperBound)
                fold.apply(pieces[piece].settings[range], of: event, bytes: bytes.span)
            }
            let moment = Moment(time: event.occurredAt, hash: event.hash)
            if newest == nil || newest!.moment < moment { newest = (moment, index) }
            switch event.type {
            case .link: result.named.append(Array(bytes[event.target.range]))
            case .purchase where !event.referrer.isAbsent:
                result.named.append(Array(bytes[event.referrer.range]))
            default: break
            }
        }
        guard let newest else { return }
        result.referrals = fold.profile.referralChanges(since: before, departed: fold.departedReferrals)

        var from = stored
        if let erasedUntil = fold.erasedUntil {
            from = erase(customer, stored, fold.profile, until: erasedUntil, into: &lane)
            turns = nil
            // The store forgets the ledger with the person.
            oldPoints = PointsLedger(Profile(), by: judge)
            if fold.profile.isEmpty {
                result.stored = from
                return
            }
        }
        let event = events.interactions[newest.index]
        let id = pieces[Int(events.pieces[newest.index])].bytes[event.eventID.range]
        let earlier = turns == nil ? earlier(from, types) : nil
        write(
            customer, from, &fold.profile, oldPoints, turns, earlier,
            cause: .event(id: id, occurredAt: event.occurredAt), now: now, into: &lane, &result)
    }

    /// Takes in what other people's purchases mean to this person, and makes sure there is a profile.
    public mutating func apply(
        _ referrals: [Referral], to customer: [UInt8], _ stored: Stored, now: Int64, into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        var result = Result(stored: stored)
        var profile = try profile(of: customer, stored)
        let turns = turns(of: profile, stored, until: now)
        var cause: Cause = .time
        var hasRow = false
        if case .absent = stored { hasRow = true }
        for referral in referrals {
            if profile.apply(referral, rules) {
                hasRow = true
                cause = .event(id: Self.referral[...], occurredAt: referral.time)
            } else if referral.isKnown {
                // That it is not there holds of the version that was read: the row is the fence.
                hasRow = true
            }
        }
        if !hasRow { return result }
        // An identity erased for ever is without a profile until it acts or earns again, and when that is taken back.
        if profile.isEmpty, let erasedUntil = profile.erasedUntil {
            result.stored = erase(customer, stored, profile, until: erasedUntil, into: &lane)
        } else {
            write(customer, stored, &profile, nil, turns, nil, cause: cause, now: now, into: &lane, &result)
        }
        return result
    }

    /// Evaluates a profile anew because time has passed or other definitions are in force.
    public mutating func review(
        _ profile: StoredProfile, now: Int64, into lane: inout Changeset.Lane
    ) throws(EncodingError) -> Result {
        let stored = Stored.profile(profile)
        var result = Result(stored: stored)
        var folded = try Profile(decoding: profile.state.span)
        let cause = profile.standing.versions == definitions.versions ? Cause.time : .definition
        let turns = turns(of: folded, stored, until: now)
        write(profile.customer, stored, &folded, nil, turns, nil, cause: cause, now: now, into: &lane, &result)
        return result
    }

    /// What stands for an event's id where somebody else's purchase is the cause.
    private static let referral = Array("referral".utf8)

    enum Cause {
        case event(id: ArraySlice<UInt8>, occurredAt: Int64)
        case time
        case definition
    }

    private func profile(of customer: [UInt8], _ stored: Stored) throws(EncodingError) -> Profile {
        switch stored {
        case .absent: Profile(named: customer.span)
        case .erased(let until, _): Profile(erased: customer.span, until: until)
        case .profile(let profile): try Profile(decoding: profile.state.span)
        }
    }

    /// - Returns: what is stored then.
    private func erase(
        _ customer: [UInt8], _ stored: Stored, _ folded: Profile, until: Int64, into lane: inout Changeset.Lane
    ) -> Stored {
        let identities = folded.identities.map { register in
            let identity = Array(folded.strings.bytes[folded.strings.range(register.identity)])
            return (identity: identity, hash: rules.hashKey.identity(identity.span))
        }
        lane.erasures.append(
            Changeset.Erasure(
                customer: customer, version: stored.version, hasProfile: stored.isProfile, identities: identities,
                until: until))
        return .erased(until: until, version: stored.version + 1)
    }

    // MARK: - Rows

    /// Evaluates `folded` and appends its row and what changed; `from` is what the write is guarded by.
    ///
    /// - Parameters:
    ///   - oldPoints: the ledger as it was; nil when nothing that was folded moves points.
    ///   - turns: what time had made of memberships before; nil when nothing.
    ///   - earlier: memberships before the events, where those that do not read them are as they were.
    private mutating func write(
        _ customer: [UInt8], _ from: Stored, _ folded: inout Profile, _ oldPoints: PointsLedger?, _ turns: Turns?,
        _ earlier: Earlier?, cause: Cause, now: Int64, into lane: inout Changeset.Lane, _ result: inout Result
    ) {
        var old: StoredProfile?
        if case .profile(let profile) = from { old = profile }
        // The clock may be behind the one that evaluated last; a profile never goes back in time.
        let now = max(now, old?.standing.evaluatedAt ?? .min)
        let judge = judge
        folded.age(by: judge, rules.limits)
        let bought = Purchases(folded, judge.calendar)
        let ledger = PointsLedger(folded, bought, by: judge)
        let evaluation = Evaluation(folded, bought, ledger, at: now, by: judge)
        let name = lane.append(customer)
        if let old, old.standing.versions.definitions < definitions.modelVersion {
            // What is stored follows from the rules of another model.
            let firstDay = Int32(clamping: ledger.firstDay(of: folded, judge.calendar))
            lane.replacedLedgers.append(Changeset.ReplacedLedger(customer: name, firstDay: firstDay))
            let nothing = PointsLedger(Profile(), by: judge)
            lane.append(
                name, ledger.changes(since: nothing, of: folded, judge.calendar), judge.model.pointsLife,
                isFirst: false)
        } else if let oldPoints {
            lane.append(
                name, ledger.changes(since: oldPoints, of: folded, judge.calendar), judge.model.pointsLife,
                isFirst: old == nil)
        }
        let tastes = lane.append(Tastes(folded, at: now, by: judge), folded.strings)
        let membership = evaluator.evaluate(folded, evaluation, at: now, since: earlier)
        var standing = Standing(
            level: evaluation.level, connection: evaluation.connection, lifecycle: evaluation.lifecycle,
            tier: evaluation.tier, levelSince: now, connectionSince: now, lifecycleSince: now, tierSince: now,
            segments: definitions.segments.numbers(membership.segments), evaluatedAt: now,
            reviewAt: Swift.min(
                evaluation.changesAt, membership.changesAt, now.saturatingAdd(Self.reviewInterval)),
            versions: definitions.versions)
        addTransitions(name, old?.standing, &standing, evaluation, cause, now, into: &lane)
        let memberships = addMemberships(
            name, old?.standing, membership.segments, turns, cause, now, into: &lane)

        let start = lane.bytes.count
        folded.encode(into: &lane.bytes)
        let state = Text(start: start, count: lane.bytes.count - start)
        result.row = lane.profiles.count
        var row = Changeset.ProfileRow(
            customer: name, state: state, version: from.version, isNew: old == nil, evaluation: evaluation,
            tastes: tastes, standing: standing)
        row.memberships = memberships
        lane.profiles.append(row)
        result.stored = .profile(
            StoredProfile(
                customer: customer, version: from.version + 1, state: Array(lane.bytes[state.range]),
                standing: standing))
    }

    /// Scores as of `evaluated_at` are never older than this, though nothing turns.
    private static let reviewInterval: Int64 = 86_400_000

    /// Appends what changed since `old`; everybody begins as a visitor, weak, a stranger and with no tier.
    private func addTransitions(
        _ name: Text, _ old: Standing?, _ new: inout Standing, _ evaluation: Evaluation, _ cause: Cause, _ now: Int64,
        into lane: inout Changeset.Lane
    ) {
        typealias Row = Changeset.TransitionRow
        let before = (
            level: old?.level ?? .visitor, connection: old?.connection ?? .weak, lifecycle: old?.lifecycle ?? .stranger,
            tier: old?.tier ?? .none
        )
        new.levelSince = old?.levelSince ?? now
        new.connectionSince = old?.connectionSince ?? now
        new.lifecycleSince = old?.lifecycleSince ?? now
        new.tierSince = old?.tierSince ?? now
        // The event's id is copied only when there is something to explain.
        if before == (new.level, new.connection, new.lifecycle, new.tier) { return }
        let (by, instant) = lane.append(cause, at: now)
        /// One change; `turned` is when time alone began what is now, nil when it did not.
        func add(
            _ dimension: Row.Dimension, _ since: WritableKeyPath<Standing, Int64>, from: String?, to: String,
            turned: Int64? = nil
        ) -> Row {
            var row = Row(customer: name, dimension: dimension, from: from, to: to, effectiveAt: instant, cause: by)
            // Time began it when it turned after the last evaluation; else what was folded did.
            if let turned, turned > old?.evaluatedAt ?? .max || isTime(by) {
                row.cause = .time
                row.effectiveAt = turned
            }
            row.effectiveAt = Swift.max(row.effectiveAt, old?[keyPath: since] ?? .min)
            new[keyPath: since] = row.effectiveAt
            lane.transitions.append(row)
            return row
        }

        if before.level != new.level { _ = add(.level, \.levelSince, from: old?.level.name, to: new.level.name) }
        if before.connection != new.connection {
            _ = add(.connection, \.connectionSince, from: old?.connection.name, to: new.connection.name)
        }
        if before.tier != new.tier {
            _ = add(
                .tier, \.tierSince, from: old?.tier.name, to: new.tier.name, turned: evaluation.tierTurnedAt)
        }
        if before.lifecycle != new.lifecycle {
            var row = add(
                .lifecycle, \.lifecycleSince, from: old?.lifecycle.name, to: new.lifecycle.name,
                turned: evaluation.lifecycleTurnedAt)
            if old != nil, new.lifecycle == .atRisk || new.lifecycle == .lapsed {
                row.dimension = .winBack
                row.from = nil
                lane.transitions.append(row)
            }
        }
    }

    private func isTime(_ cause: Changeset.TransitionRow.Cause) -> Bool {
        if case .time = cause { true } else { false }
    }
}

extension Changeset.Lane {
    fileprivate mutating func append(_ bytes: [UInt8]) -> Text { append(bytes[...]) }

    /// The cause as a transition tells it, and when it took effect.
    mutating func append(_ cause: PersonFold.Cause, at now: Int64) -> (Changeset.TransitionRow.Cause, Int64) {
        switch cause {
        case .time: (.time, now)
        case .definition: (.definition, now)
        case .event(let id, let occurredAt): (.event(append(id)), occurredAt)
        }
    }

    fileprivate mutating func append(_ bytes: ArraySlice<UInt8>) -> Text {
        let start = self.bytes.count
        self.bytes.append(contentsOf: bytes)
        return Text(start: start, count: bytes.count)
    }

    /// Copies the names out of the profile's pool.
    fileprivate mutating func append(_ tastes: Tastes, _ strings: StringPool) -> Changeset.Tastes {
        var result = Changeset.Tastes()
        func name(_ id: StringPool.ID) -> Text { id == 0 ? .absent : append(strings.bytes[strings.range(id)]) }
        for index in 0..<5 {
            result.categories[index] = name(tastes.categories[index])
            result.brands[index] = name(tastes.brands[index])
        }
        result.channel = name(tastes.channel)
        result.city = name(tastes.city)
        result.hour = tastes.hour
        result.cities = tastes.cities
        return result
    }

    fileprivate mutating func append(_ customer: Text, _ changes: [PointsRow], _ life: Int, isFirst: Bool) {
        for row in changes {
            points.append(
                Changeset.PointsChange(
                    customer: customer, row: row, expiresOn: row.day &+ Int32(clamping: life), isFirst: isFirst))
        }
    }
}
