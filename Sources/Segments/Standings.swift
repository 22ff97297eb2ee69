import Interactions
import Profiles
import Scoring

// What leaves make of what is known of a person beside single events: scores, rungs, tags, attributes.

extension SegmentEvaluator {
    // MARK: - Scores

    mutating func read(
        _ condition: CompiledScore, _ profile: borrowing Profile, _ evaluation: borrowing Evaluation,
        _ subject: borrowing Subject
    ) -> Reading {
        let threshold = condition.threshold
        let value = condition.score.value(evaluation)
        var reading = Reading(holds: threshold.holds(value), value: value)
        guard let value else {
            // What is missing comes with an event; not so where a window or midnight takes part.
            switch condition.score.drift {
            case .turns, .turnsAtMidnight: reading.changesAt = subject.midnight
            default: break
            }
            return reading
        }
        switch condition.score.drift {
        case .none: break
        case .turnsAtMidnight: reading.changesAt = subject.midnight
        case .turns: reading.changesAt = min(subject.midnight, nextAskLeaves(profile, subject.t))
        case .falls where threshold.side(value) == .below || (reading.holds && threshold.reaches(0)): break
        case .fallsAtMidnight where threshold.side(value) == .below || (reading.holds && threshold.reaches(0)): break
        case .risesAtMidnight where threshold.side(value) == .above || (reading.holds && !threshold.hasTop): break
        case .fallsAtMidnight(let part), .risesAtMidnight(let part):
            // From one midnight to the next it stands still.
            afterMidnight.add(part, of: profile, at: subject.midnight, by: judge)
            let later = condition.score.value(afterMidnight.evaluation)
            let isSame = threshold.side(later) == threshold.side(value)
            reading.changesAt = isSame ? subject.calendar.start(of: subject.today + 2) : subject.midnight
        // What lies ahead does not fade yet: up to the next such event it is another curve, though it goes one way too.
        case .settles(let part) where profile.newest > subject.t:
            let next = profile.entries.reduce(profile.newest) { $1.time > subject.t ? min($0, $1.time) : $0 }
            reading.changesAt = crossing(condition, part, from: value, profile, subject, before: next)
        // What is between two values is on their side where both are on the same.
        case .settles where threshold.side(value) == threshold.side(Self.settled): break
        // A sum that halves in weeks is nearly always on the same side for a day, and less than it comes to is at hand.
        case .falls where threshold.side(least(condition.score, evaluation)) == threshold.side(value):
            reading.changesAt = subject.t.saturatingAdd(LocalCalendar.dayLength)
        case .falls(let part), .settles(let part):
            reading.changesAt = crossing(condition, part, from: value, profile, subject)
        }
        return reading
    }

    /// Where trust and satisfaction go when nothing happens.
    private static let settled = 50.0

    /// Less than the score comes to within a day; nil where nothing is known of that without computing it.
    private mutating func least(_ score: Score, _ evaluation: borrowing Evaluation) -> Double? {
        switch score {
        case .engagement: evaluation.least(.engagement, afterADayBy: judge)
        case .advocacy: evaluation.least(.advocacy, afterADayBy: judge)
        case .influence: evaluation.least(.influence, afterADayBy: judge)
        default: nil
        }
    }

    /// The first millisecond of the next day, or before an instant, at which a score that moves one way is on another
    /// side; the end of that time where it is not: then it is looked at again.
    private mutating func crossing(
        _ condition: CompiledScore, _ part: Evaluation.Part, from value: Double, _ profile: borrowing Profile,
        _ subject: borrowing Subject, before limit: Int64 = .max
    ) -> Int64 {
        let (score, threshold) = (condition.score, condition.threshold)
        let now = threshold.side(value)
        let day = subject.t.saturatingAdd(LocalCalendar.dayLength)
        var (same, other) = (subject.t, min(day, limit))
        let later: Double?
        if limit >= day {
            tomorrow.add(part, of: profile, at: day, by: judge)
            later = score.value(tomorrow.evaluation)
        } else {
            later = self.value(of: score, part, profile, at: limit)
        }
        if threshold.side(later) == now { return other }
        // Most curves are nearly straight for a day, so the crossing is close to where a straight line has it.
        var guess = threshold.crossing(from: value, to: later).map { same + Int64($0 * Double(other - same)) }
        var stride: Int64 = 4
        while other - same > 1 {
            if let near = guess, near <= same || near >= other { guess = nil }
            let probe = guess ?? same + (other - same) / 2
            let isSame = threshold.side(self.value(of: score, part, profile, at: probe)) == now
            if isSame { same = probe } else { other = probe }
            // Past the guess by more and more, until the crossing lies between two probes or the guess is of no use.
            if let near = guess {
                guess = isSame ? near + stride : near - stride
                stride *= 16
            }
        }
        return other
    }

    private mutating func value(
        of score: Score, _ part: Evaluation.Part, _ profile: borrowing Profile, at t: Int64
    ) -> Double? {
        var evaluation = Evaluation()
        evaluation.set(part, of: profile, at: t, by: judge)
        return score.value(evaluation)
    }

    private mutating func nextAskLeaves(_ profile: borrowing Profile, _ t: Int64) -> Int64 {
        let life = Int64(judge.model.askDays) * LocalCalendar.dayLength
        var next = Int64.max
        for entry in profile.entries[timeline[.ask]] where entry.time + life > t {
            next = min(next, entry.time + life)
        }
        return next
    }

    // MARK: - Rungs

    static func read(_ standing: Standing, _ evaluation: borrowing Evaluation) -> Reading {
        let rung: UInt8? =
            switch standing.ladder {
            case .level: evaluation.level.rawValue
            case .lifecycle: evaluation.lifecycle.rawValue
            case .tier: evaluation.tier.rawValue
            case .connection: evaluation.connection.rawValue
            case .grade: evaluation.grade?.rawValue
            }
        let holds = rung.map { standing.rungs >> UInt16($0) & 1 == 1 } ?? false
        return Reading(holds: holds, changesAt: evaluation.changesAt, value: rung.map(Double.init))
    }

    // MARK: - Tags and attributes

    mutating func readTag(_ name: Int, _ exists: Bool, _ profile: borrowing Profile) -> Reading {
        let id = names.id(name, profile.strings)
        let has = id != StringPool.absent && profile.tags.contains { $0.name == id && $0.value == .tag }
        return Reading(holds: has == exists)
    }

    mutating func readAttribute(_ place: Int, _ profile: borrowing Profile) -> Reading {
        let (name, test) = program.leaves.attributes[place]
        let id = names.id(name, profile.strings)
        var value = NamedRegister.Value.removed
        if id != StringPool.absent, let register = profile.attributes.first(where: { $0.name == id }) {
            value = register.value
        }
        switch (test, value) {
        case (.exists, _): return Reading(holds: value != .removed)
        case (.absent, _): return Reading(holds: value == .removed)
        case (.number(let bounds), .number(let number)):
            return Reading(holds: bounds.contains(number), value: number)
        case (.oneOf(_, let numbers, _), .number(let number)):
            return Reading(holds: numbers.contains(number), value: number)
        case (.oneOf(_, _, let booleans), .boolean(let boolean)): return Reading(holds: booleans.contains(boolean))
        case (.oneOf(let texts, _, _), .text(let text)):
            return Reading(holds: texts.contains { names.id($0, profile.strings) == text })
        default: return Reading(holds: false)
        }
    }
}

extension Threshold {
    enum Side { case below, inside, above, nowhere }

    /// On which side of what is asked for a value is.
    func side(_ value: Double?) -> Side {
        guard let value else { return .nowhere }
        switch self {
        case .within(let bounds):
            if let atLeast = bounds.atLeast, value < atLeast { return .below }
            if let atMost = bounds.atMost, value > atMost { return .above }
            return .inside
        case .above(let cut): return value > cut ? .inside : .below
        case .notAbove(let cut): return value <= cut ? .inside : .above
        }
    }

    /// Whether everything down to `least` holds once something does.
    func reaches(_ least: Double) -> Bool {
        switch self {
        case .within(let bounds): bounds.atLeast.map { $0 <= least } ?? true
        case .above(let cut): cut < least
        case .notAbove: true
        }
    }

    var hasTop: Bool {
        switch self {
        case .within(let bounds): bounds.atMost != nil
        case .above: false
        case .notAbove: true
        }
    }

    /// The share of the way from one value to another at which the bound between them is passed, on a straight line.
    func crossing(from value: Double, to later: Double?) -> Double? {
        guard let later, later != value else { return nil }
        let bound: Double?
        switch self {
        case .within(let bounds):
            bound = side(value) == .below || side(later) == .below ? bounds.atLeast : bounds.atMost
        case .above(let cut), .notAbove(let cut): bound = cut
        }
        guard let bound else { return nil }
        let share = (bound - value) / (later - value)
        return share >= 0 && share <= 1 ? share : nil
    }
}
