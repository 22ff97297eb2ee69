import Interactions
import Profiles
import Scoring
import Segments

// Who comes into which segment and who leaves it, when, and why.

extension PersonFold {
    /// What time alone, or other definitions, have made of somebody's memberships since the last evaluation.
    struct Turns {
        var segments: SegmentSet
        /// By segment that has turned: when, for the last time.
        var instants: [(segment: Int, at: Int64)] = []
        /// Differ because other definitions are in force.
        var redefined: SegmentSet

        func instant(_ segment: Int) -> Int64? { instants.first { $0.segment == segment }?.at }
    }

    /// Goes from one instant at which something may change to the next, so that what turned is known to the millisecond
    /// however late it is noticed.
    ///
    /// - Parameter profile: as it was stored.
    /// - Returns: nil when nothing can have changed up to `now`.
    mutating func turns(of profile: borrowing Profile, _ stored: Stored, until now: Int64) -> Turns? {
        guard case .profile(let stored) = stored, !definitions.segments.isEmpty else { return nil }
        let old = stored.standing
        let isRedefined = old.versions != definitions.versions
        if !isRedefined, old.reviewAt > now { return nil }
        let before = definitions.segments.set(of: old.segments)
        var turns = Turns(segments: before, redefined: SegmentSet(count: definitions.segments.revisions.count))
        var next = old.reviewAt
        if isRedefined {
            let membership = membership(of: profile, at: old.evaluatedAt)
            turns.redefined = membership.segments.symmetricDifference(before)
            turns.segments = membership.segments
            next = membership.changesAt
        }
        while next <= now {
            let t = next
            let membership = membership(of: profile, at: t)
            for segment in membership.segments.symmetricDifference(turns.segments).indices {
                turns.instants.removeAll { $0.segment == segment }
                turns.instants.append((segment, t))
            }
            turns.segments = membership.segments
            next = max(membership.changesAt, t + 1)
        }
        return turns
    }

    /// Nil where all segments must be looked at: nothing is known, or the events change what others mean.
    func earlier(_ stored: Stored, _ types: EventTypeSet) -> Earlier? {
        guard case .profile(let stored) = stored, !definitions.segments.isEmpty,
            types.isDisjoint(from: Self.meaningful)
        else { return nil }
        return Earlier(
            types: types,
            membership: Membership(
                segments: definitions.segments.set(of: stored.standing.segments),
                changesAt: stored.standing.reviewAt))
    }

    /// Events by which others are retracted, worth less, or somebody else's.
    private static let meaningful = EventTypeSet([.retract, .refund, .erase, .link, .unlink])

    private mutating func membership(of profile: borrowing Profile, at t: Int64) -> Membership {
        evaluator.evaluate(profile, Evaluation(profile, at: t, by: judge), at: t)
    }

    /// Appends the difference between what is stored and `segments`.
    ///
    /// - Returns: where in the lane.
    func addMemberships(
        _ name: Text, _ old: Standing?, _ segments: SegmentSet, _ turns: Turns?, _ cause: Cause, _ now: Int64,
        into lane: inout Changeset.Lane
    ) -> Range<Int> {
        let start = lane.memberships.count
        if definitions.segments.isEmpty { return start..<start }
        let changed =
            old.map { definitions.segments.set(of: $0.segments).symmetricDifference(segments) } ?? segments
        if changed.isEmpty { return start..<start }
        let (by, instant) = lane.append(cause, at: now)
        for segment in changed.indices {
            let isMember = segments.contains(segment)
            let turnedAt = turns?.instant(segment)
            var change = Changeset.MembershipChange(
                customer: name, segment: segment, isEntry: isMember, effectiveAt: max(instant, turnedAt ?? .min),
                cause: by)
            if let turns, turns.segments.contains(segment) == isMember {
                // It was so before anything was folded.
                if let turnedAt {
                    (change.cause, change.effectiveAt) = (.time, turnedAt)
                } else if turns.redefined.contains(segment) {
                    (change.cause, change.effectiveAt) = (.definition, now)
                }
            }
            lane.memberships.append(change)
        }
        return start..<lane.memberships.count
    }
}

extension Changeset.Lane {
    /// Lets changes of one batch that take each other back be as if they had not been.
    public mutating func cancel(_ earlier: Range<Int>, against later: Range<Int>) {
        for index in later {
            let twin = earlier.first {
                memberships[$0].segment == memberships[index].segment && !memberships[$0].isVoid
            }
            guard let twin else { continue }
            memberships[twin].isVoid = true
            memberships[index].isVoid = true
        }
    }
}
