import Interactions
import Profiles

// What leaves make of events. All of them look at the timeline; a measure that counts local days, or has neither window
// nor restriction, also at what has left it.

extension SegmentEvaluator {
    // MARK: - Matching

    @inline(__always)
    mutating func matches(_ entry: Entry, _ filter: CompiledFilter, _ strings: borrowing StringPool) -> Bool {
        if entry.isRetracted { return false }
        for place in filter.tests where !fulfils(entry, program.leaves.tests[place], strings) { return false }
        return true
    }

    private mutating func fulfils(_ entry: Entry, _ test: CompiledTest, _ strings: borrowing StringPool) -> Bool {
        switch test {
        case .text(let dimension, let wanted):
            let value = dimension.value(of: entry)
            // A field that is missing matches nothing.
            if value == StringPool.absent { return false }
            for place in wanted where names.id(program.leaves.names[place], strings) == value { return true }
            return false
        case .rating(let test): return entry.flags.contains(.rating) && fulfils(Int64(entry.rating), test)
        case .amount(let test): return entry.flags.contains(.amount) && fulfils(entry.amount, test)
        }
    }

    private mutating func fulfils(_ value: Int64, _ test: CompiledNumberTest) -> Bool {
        switch test {
        case .oneOf(let wanted): program.leaves.numbers[wanted].contains(value)
        case .within(let bounds): bounds.contains(value)
        }
    }

    /// Calls `body` with each matching event inside the window, its index, and when it leaves: `.max` for never.
    ///
    /// - Parameter most: of each type, the newest.
    @inline(__always)
    mutating func each(
        _ filter: CompiledFilter, _ window: CompiledWindow, most: Int64 = .max, _ profile: borrowing Profile,
        _ subject: borrowing Subject, _ body: (_ entry: Entry, _ index: Int, _ exit: Int64) -> Void
    ) {
        var types = filter.types.intersection(timeline.types)
        while let type = types.popFirst() {
            // Newest first: what is older than the window ends the search.
            let range = timeline[type]
            var index = range.upperBound
            var left = most
            while index > range.lowerBound, left > 0 {
                index -= 1
                let entry = profile.entries[index]
                let exit: Int64
                switch window {
                case .ever: exit = .max
                case .within(let length):
                    exit = entry.time.saturatingAdd(length)
                    if exit <= subject.t { index = range.lowerBound; continue }
                case .days(let days):
                    let day = subject.calendar.day(entry.time)
                    if day <= subject.today - days { index = range.lowerBound; continue }
                    exit = Int64(day + days)
                case .between(let start, let end):
                    if entry.time < start { index = range.lowerBound; continue }
                    if entry.time >= end { continue }
                    exit = .max
                }
                if matches(entry, filter, profile.strings) {
                    body(entry, index, exit)
                    left -= 1
                }
            }
        }
    }

    // MARK: - Measures

    mutating func read(
        _ measure: CompiledMeasure, _ profile: borrowing Profile, _ subject: borrowing Subject, toTell: Bool
    ) -> Reading {
        let (quantity, bounds) = (measure.quantity, measure.bounds)
        // Where a count need only be high enough, that many of each type decide, and the older leave before them.
        let isFloor = !toTell && quantity.kind == .count && bounds.atMost == nil
        let total = gather(quantity, most: isFloor ? bounds.atLeast ?? .max : .max, profile, subject)
        var reading = Reading(holds: bounds.contains(total), value: quantity.kind.shown(total))
        // What can only shrink does not come up to a bound again.
        let isStuck = !reading.holds && bounds.atLeast.map { total < $0 } ?? false && quantity.kind != .quantity
        if isStuck { return reading }
        var rest = total
        exits.order()
        while let next = exits.popFirst() {
            rest &-= next.value
            if bounds.contains(rest) != reading.holds {
                reading.changesAt = subject.instant(next.key, quantity.window)
                break
            }
        }
        return reading
    }

    mutating func read(
        _ ratio: CompiledRatio, _ profile: borrowing Profile, _ subject: borrowing Subject
    ) -> Reading {
        var counts = (of: gather(ratio.of, profile, subject), to: Int64(0))
        // The two windows may be of different kinds, so all are instants.
        var steps = exits.list.map { (at: subject.instant($0.key, ratio.of.window), of: $0.value, to: Int64(0)) }
        counts.to = gather(ratio.to, profile, subject)
        steps += exits.list.map { (at: subject.instant($0.key, ratio.to.window), of: Int64(0), to: $0.value) }
        func quotient() -> Double? {
            counts.to == 0 ? nil : ratio.of.kind.shown(counts.of) / ratio.to.kind.shown(counts.to)
        }
        func holds() -> Bool { quotient().map { ratio.bounds.contains($0) } ?? false }
        var reading = Reading(holds: holds(), value: quotient())
        steps.sort { $0.at < $1.at }
        for (index, step) in steps.enumerated() {
            counts.of -= step.of
            counts.to -= step.to
            if index + 1 < steps.count, steps[index + 1].at == step.at { continue }
            if holds() != reading.holds {
                reading.changesAt = step.at
                break
            }
        }
        return reading
    }

    /// The measure now; `exits` then says what leaves it, and when.
    ///
    /// - Parameter most: events of each type that are looked at.
    private mutating func gather(
        _ quantity: CompiledQuantity, most: Int64 = .max, _ profile: borrowing Profile, _ subject: borrowing Subject
    ) -> Int64 {
        if quantity.kind == .amount, quantity.filter.types.contains(.purchase) { findNets(profile) }
        let (kind, firstPurchase) = (quantity.kind, timeline[.purchase].lowerBound)
        var (found, nets) = (Exits(), [Int64]())
        swap(&found, &exits)
        swap(&nets, &self.nets)
        found.removeAll()
        each(quantity.filter, quantity.window, most: most, profile, subject) { entry, index, exit in
            switch kind {
            case .count: found.add(1, leaving: exit)
            case .amount: found.add(entry.type == .purchase ? nets[index - firstPurchase] : entry.amount, leaving: exit)
            case .quantity: found.add(Int64(entry.quantity), leaving: exit)
            case .duration: found.add(entry.duration, leaving: exit)
            case .distinct(let dimension):
                let name = dimension.value(of: entry)
                if name != StringPool.absent { found.add(name: Int64(name), leaving: exit) }
            case .distinctDays: found.add(name: Int64(subject.calendar.day(entry.time)), leaving: exit)
            }
        }
        if quantity.filter.tests.isEmpty, !profile.dayTable.isEmpty {
            Self.addDeparted(quantity, profile, subject, to: &found)
        }
        found.countNames()
        swap(&nets, &self.nets)
        swap(&found, &exits)
        return exits.total
    }

    private mutating func findNets(_ profile: borrowing Profile) {
        let purchases = timeline[.purchase]
        if !nets.isEmpty || purchases.isEmpty { return }
        for _ in purchases { nets.append(0) }
        for purchase in profile.netPurchases() { nets[purchase.index - purchases.lowerBound] = purchase.net }
    }

    /// What has left the timeline, of the days of the window, or of all time.
    private static func addDeparted(
        _ measure: CompiledQuantity, _ profile: borrowing Profile, _ subject: borrowing Subject, to found: inout Exits
    ) {
        let first: Int
        let length: Int?
        switch measure.window {
        case .ever: (first, length) = (.min, nil)
        case .days(let days): (first, length) = (subject.today - days + 1, days)
        case .within, .between: return
        }
        func exit(_ day: Int32) -> Int64 { length.map { Int64(Int(day) + $0) } ?? .max }
        func add(_ row: DayRow, _ exit: Int64) {
            if !measure.filter.types.contains(row.type) { return }
            switch measure.kind {
            case .count: found.add(row.count, leaving: exit)
            // Departed purchases are kept by day at their net.
            case .amount: if row.type != .purchase { found.add(row.amount, leaving: exit) }
            case .quantity: found.add(row.quantity, leaving: exit)
            case .duration: found.add(row.duration, leaving: exit)
            // Which values there were is not kept.
            case .distinct, .distinctDays: break
            }
        }
        for row in profile.dayTable.days where Int(row.bucket) >= first {
            add(row, exit(row.bucket))
            if measure.kind == .distinctDays, measure.filter.types.contains(row.type) {
                found.add(name: Int64(row.bucket), leaving: exit(row.bucket))
            }
        }
        if length == nil {
            for row in profile.dayTable.months { add(row, .max) }
            for row in profile.dayTable.totals { add(row, .max) }
        }
        if measure.kind == .amount, measure.filter.types.contains(.purchase) {
            for day in profile.departedPurchases where Int(day.day) >= first {
                found.add(day.net, leaving: exit(day.day))
            }
            if length == nil { found.add(profile.olderPurchases.net, leaving: .max) }
        }
    }

    // MARK: - Order

    /// Of all chains the one that began last decides: it is the last to leave the window.
    mutating func read(
        _ sequence: CompiledSequence, _ profile: borrowing Profile, _ subject: borrowing Subject
    ) -> Reading {
        var matches: [StepMatch] = []
        swap(&matches, &self.matches)
        defer { swap(&matches, &self.matches) }
        matches.removeAll(keepingCapacity: true)
        for step in sequence.steps {
            let before = matches.count
            each(program.leaves.steps[step], sequence.window, profile, subject) { entry, _, exit in
                let moment = Moment(time: entry.time, hash: entry.hash)
                matches.append(StepMatch(moment: moment, exit: exit, step: step - sequence.steps.lowerBound))
            }
            if matches.count == before { return Reading(holds: false) }
        }
        // Of one event the later step first, so that it does not serve two.
        matches.sort { $0.moment != $1.moment ? $0.moment < $1.moment : $0.step > $1.step }
        chains.removeAll(keepingCapacity: true)
        for _ in sequence.steps { chains.append(nil) }
        for match in matches {
            if match.step == 0 {
                chains[0] = Chain(time: match.moment.time, exit: match.exit)
            } else if let before = chains[match.step - 1], match.moment.time - before.time <= sequence.gap {
                chains[match.step] = Chain(time: match.moment.time, exit: before.exit)
            }
        }
        guard let found = chains[sequence.steps.count - 1] else { return Reading(holds: false) }
        return Reading(
            holds: true, changesAt: found.exit == .max ? .max : subject.instant(found.exit, sequence.window))
    }

    /// The newest event that matches, by timeline order; of an unrestricted filter whose events have all been retracted
    /// or left, the newest that left.
    mutating func newest(_ filter: CompiledFilter, _ profile: borrowing Profile) -> Moment? {
        var newest: Moment?
        var types = filter.types.intersection(timeline.types)
        // What has left is asked for by types of which nothing is in the timeline, too.
        if filter.tests.isEmpty, !profile.departed.isEmpty { types = filter.types }
        while let type = types.popFirst() {
            let range = timeline[type]
            var index = range.upperBound
            var isFound = false
            while !isFound, index > range.lowerBound {
                index -= 1
                let entry = profile.entries[index]
                if !matches(entry, filter, profile.strings) { continue }
                let moment = Moment(time: entry.time, hash: entry.hash)
                newest = max(newest ?? moment, moment)
                isFound = true
            }
            if !isFound, filter.tests.isEmpty, let last = profile.departure(of: type)?.last {
                let moment = Moment(time: last, hash: 0)
                newest = max(newest ?? moment, moment)
            }
        }
        return newest
    }

    mutating func read(
        _ absence: CompiledAbsence, _ profile: borrowing Profile, _ subject: borrowing Subject
    ) -> Reading {
        guard let start = newest(absence.after, profile) else { return Reading(holds: false) }
        let age = max(0, subject.t - start.time)
        if let end = newest(absence.then, profile), end > start { return Reading(holds: false, value: Double(age)) }
        if age >= absence.longerThan { return Reading(holds: true, value: Double(age)) }
        return Reading(
            holds: false, changesAt: start.time.saturatingAdd(absence.longerThan), value: Double(age))
    }

    mutating func read(
        _ condition: CompiledLast, _ profile: borrowing Profile, _ subject: borrowing Subject
    ) -> Reading {
        guard let last = newest(condition.filter, profile) else { return Reading(holds: false) }
        let age = max(0, subject.t - last.time)
        let (older, newer) = (condition.olderThan ?? 0, condition.newerThan ?? .max)
        func holds(_ age: Int64) -> Bool { age >= older && age < newer }
        var reading = Reading(holds: holds(age), value: Double(age))
        func passes(_ bound: Int64) -> Bool { bound > age && bound < .max && holds(bound) != reading.holds }
        if passes(min(older, newer)) {
            reading.changesAt = last.time.saturatingAdd(min(older, newer))
        } else if passes(max(older, newer)) {
            reading.changesAt = last.time.saturatingAdd(max(older, newer))
        }
        return reading
    }
}

/// What a step of a sequence found.
struct StepMatch: Sendable {
    var moment: Moment
    var exit: Int64
    var step: Int
}

/// The newest event that ends a chain up to a step, and when the first event of the chain leaves. Whatever comes later
/// is nearest to the newest, and the newest has the latest beginning.
struct Chain: Sendable {
    var time: Int64
    var exit: Int64
}

extension Measure.Kind {
    /// The measure in the unit of its bounds as people write them: currency units, seconds, or as it is.
    func shown(_ value: Int64) -> Double {
        switch self {
        case .amount: Double(value) / 100
        case .duration: Double(value) / 1000
        case .count, .quantity, .distinct, .distinctDays: Double(value)
        }
    }
}
