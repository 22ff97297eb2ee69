import Interactions
import Profiles

// What leaves make of events. All of them look at the timeline; a measure that counts local days, or has neither window
// nor restriction, also at what has left it.

extension SegmentEvaluator {
    // MARK: - Matching

    @inline(__always)
    mutating func matches(_ entry: Entry, _ filter: borrowing CompiledFilter, _ strings: borrowing StringPool) -> Bool {
        if entry.isRetracted { return false }
        for test in filter.tests {
            switch test {
            case .text(let dimension, let literals):
                let value = dimension.value(of: entry)
                // A field that is missing matches nothing.
                if value == StringPool.absent || !literals.contains(where: { names.id($0, strings) == value }) {
                    return false
                }
            case .rating(let test):
                if !entry.flags.contains(.rating) || !test.holds(Int64(entry.rating)) { return false }
            case .amount(let test):
                if !entry.flags.contains(.amount) || !test.holds(entry.amount) { return false }
            }
        }
        return true
    }

    /// Calls `body` with the index of each matching event inside the window, and when it leaves: `.max` for never.
    @inline(__always)
    mutating func each(
        _ filter: borrowing CompiledFilter, _ window: Window, _ profile: borrowing Profile, _ subject: Subject,
        _ body: (_ index: Int, _ exit: Int64) -> Void
    ) {
        for type in filter.typeList {
            // Newest first: what is older than the window ends the search.
            let range = ranges[Int(type.rawValue)]
            var index = range.upperBound
            while index > range.lowerBound {
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
                case .between(let start, let end, _):
                    if entry.time < start { index = range.lowerBound; continue }
                    if entry.time >= end { continue }
                    exit = .max
                }
                if matches(entry, filter, profile.strings) { body(index, exit) }
            }
        }
    }

    // MARK: - Measures

    mutating func read(
        _ measure: borrowing CompiledMeasure, _ bounds: Bounds<Int64>, _ profile: borrowing Profile,
        _ subject: Subject
    ) -> Reading {
        let total = gather(measure, profile, subject)
        var reading = Reading(holds: bounds.contains(total), value: measure.kind.shown(total))
        // What can only shrink does not come up to a bound again.
        let isStuck = !reading.holds && bounds.atLeast.map { total < $0 } ?? false && measure.kind != .quantity
        if isStuck || exits.isEmpty { return reading }
        exits.sort { $0.key < $1.key }
        var rest = total
        for (index, exit) in exits.enumerated() {
            rest -= exit.value
            if index + 1 < exits.count, exits[index + 1].key == exit.key { continue }
            if bounds.contains(rest) != reading.holds {
                reading.changesAt = instant(exit.key, measure.window, subject)
                break
            }
        }
        return reading
    }

    mutating func read(
        _ of: borrowing CompiledMeasure, _ to: borrowing CompiledMeasure, _ bounds: Bounds<Double>,
        _ profile: borrowing Profile, _ subject: Subject
    ) -> Reading {
        var counts = (gather(of, profile, subject), Int64(0))
        // Named by whose they are; the two windows may be of different kinds, so all are instants.
        var steps = exits.map { Exit(key: instant($0.key, of.window, subject), value: $0.value, name: 0) }
        counts.1 = gather(to, profile, subject)
        steps += exits.map { Exit(key: instant($0.key, to.window, subject), value: $0.value, name: 1) }
        func quotient() -> Double? {
            counts.1 == 0 ? nil : of.kind.shown(counts.0) / to.kind.shown(counts.1)
        }
        func holds() -> Bool { quotient().map { bounds.contains($0) } ?? false }
        var reading = Reading(holds: holds(), value: quotient())
        steps.sort { $0.key < $1.key }
        for (index, step) in steps.enumerated() {
            if step.name == 0 { counts.0 -= step.value } else { counts.1 -= step.value }
            if index + 1 < steps.count, steps[index + 1].key == step.key { continue }
            if holds() != reading.holds {
                reading.changesAt = step.key
                break
            }
        }
        return reading
    }

    private func instant(_ key: Int64, _ window: Window, _ subject: Subject) -> Int64 {
        if case .days = window { subject.calendar.start(of: Int(key)) } else { key }
    }

    /// The measure now; `exits` then says what leaves it, and when.
    private mutating func gather(
        _ measure: borrowing CompiledMeasure, _ profile: borrowing Profile, _ subject: Subject
    ) -> Int64 {
        exits.removeAll(keepingCapacity: true)
        var found: [Exit] = []
        swap(&found, &exits)
        let kind = measure.kind
        let purchases = ranges[Int(EventType.purchase.rawValue)]
        var nets: [Int64] = []
        if kind == .amount, measure.filter.types.contains(.purchase), !purchases.isEmpty {
            if self.nets.isEmpty {
                self.nets = [Int64](repeating: 0, count: purchases.count)
                for purchase in profile.netPurchases() {
                    self.nets[purchase.index - purchases.lowerBound] = purchase.net
                }
            }
            nets = self.nets
        }
        let entries = profile.entries
        each(measure.filter, measure.window, profile, subject) { index, exit in
            let entry = entries[index]
            switch kind {
            case .count: found.append(Exit(key: exit, value: 1))
            case .amount:
                let isNetted = entry.type == .purchase
                let amount = isNetted ? nets[index - purchases.lowerBound] : entry.amount
                found.append(Exit(key: exit, value: amount))
            case .quantity: found.append(Exit(key: exit, value: Int64(entry.quantity)))
            case .duration: found.append(Exit(key: exit, value: entry.duration))
            case .distinct(let dimension):
                let name = dimension.value(of: entry)
                if name != StringPool.absent { found.append(Exit(key: exit, value: 1, name: Int64(name))) }
            case .distinctDays:
                found.append(Exit(key: exit, value: 1, name: Int64(subject.calendar.day(entry.time))))
            }
        }
        if measure.filter.tests.isEmpty { addDeparted(measure, profile, subject, to: &found) }
        switch kind {
        case .distinct, .distinctDays: Self.keepLastOfEachName(&found)
        default: break
        }
        let total = found.reduce(Int64(0)) { $0.saturatingAdd($1.value) }
        found.removeAll { $0.key == .max }
        swap(&found, &exits)
        return total
    }

    /// What has left the timeline, of the days of the window, or of all time.
    private func addDeparted(
        _ measure: borrowing CompiledMeasure, _ profile: borrowing Profile, _ subject: Subject, to found: inout [Exit]
    ) {
        let first: Int
        let length: Int?
        switch measure.window {
        case .ever: (first, length) = (.min, nil)
        case .days(let days): (first, length) = (subject.today - days + 1, days)
        case .within, .between: return
        }
        if profile.dayTable.isEmpty { return }
        func exit(_ day: Int32) -> Int64 { length.map { Int64(Int(day) + $0) } ?? .max }
        func add(_ row: DayRow, _ exit: Int64) {
            if !measure.filter.types.contains(row.type) { return }
            switch measure.kind {
            case .count: found.append(Exit(key: exit, value: row.count))
            // Departed purchases are kept by day at their net.
            case .amount: if row.type != .purchase { found.append(Exit(key: exit, value: row.amount)) }
            case .quantity: found.append(Exit(key: exit, value: row.quantity))
            case .duration: found.append(Exit(key: exit, value: row.duration))
            // Which values there were is not kept.
            case .distinct, .distinctDays: break
            }
        }
        for row in profile.dayTable.days where Int(row.bucket) >= first {
            add(row, exit(row.bucket))
            if measure.kind == .distinctDays, measure.filter.types.contains(row.type) {
                found.append(Exit(key: exit(row.bucket), value: 1, name: Int64(row.bucket)))
            }
        }
        if length == nil {
            for row in profile.dayTable.months { add(row, .max) }
            for row in profile.dayTable.totals { add(row, .max) }
        }
        if measure.kind == .amount, measure.filter.types.contains(.purchase) {
            for day in profile.departedPurchases where Int(day.day) >= first {
                found.append(Exit(key: exit(day.day), value: day.net))
            }
            if length == nil { found.append(Exit(key: .max, value: profile.olderPurchases.net)) }
        }
    }

    /// A value leaves with the last event that has it.
    private static func keepLastOfEachName(_ found: inout [Exit]) {
        found.sort { $0.name != $1.name ? $0.name < $1.name : $0.key > $1.key }
        var kept = 0
        for index in found.indices where kept == 0 || found[index].name != found[kept - 1].name {
            found[kept] = found[index]
            kept += 1
        }
        found.removeLast(found.count - kept)
    }

    // MARK: - Order

    /// Of all chains the one that began last decides: it is the last to leave the window.
    mutating func read(
        _ steps: [CompiledFilter], _ gap: Int64, _ window: Window, _ profile: borrowing Profile,
        _ subject: Subject
    ) -> Reading {
        struct Match {
            var moment: Moment
            var exit: Int64
            var step: Int
        }
        var matches: [Match] = []
        let entries = profile.entries
        for (step, filter) in steps.enumerated() {
            each(filter, window, profile, subject) { index, exit in
                let moment = Moment(time: entries[index].time, hash: entries[index].hash)
                matches.append(Match(moment: moment, exit: exit, step: step))
            }
        }
        // Of one event the later step first, so that it does not serve two.
        matches.sort { $0.moment != $1.moment ? $0.moment < $1.moment : $0.step > $1.step }
        // By step: the newest event that ends a chain up to it, and when the chain's first event leaves. Whatever comes
        // later is nearest to the newest, and the newest has the latest beginning.
        var newest = [(time: Int64, exit: Int64)?](repeating: nil, count: steps.count)
        for match in matches {
            if match.step == 0 {
                newest[0] = (match.moment.time, match.exit)
            } else if let before = newest[match.step - 1], match.moment.time - before.time <= gap {
                newest[match.step] = (match.moment.time, before.exit)
            }
        }
        guard let found = newest[steps.count - 1] else { return Reading(holds: false) }
        return Reading(
            holds: true, changesAt: found.exit == .max ? .max : instant(found.exit, window, subject))
    }

    /// The newest event that matches, by timeline order; of an unrestricted filter whose events have all been retracted
    /// or left, the newest that left.
    mutating func newest(_ filter: borrowing CompiledFilter, _ profile: borrowing Profile) -> Moment? {
        var newest: Moment?
        for type in filter.typeList {
            let range = ranges[Int(type.rawValue)]
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

    mutating func readAbsent(
        _ after: borrowing CompiledFilter, _ then: borrowing CompiledFilter, _ length: Int64,
        _ profile: borrowing Profile, _ subject: Subject
    ) -> Reading {
        guard let start = newest(after, profile) else { return Reading(holds: false) }
        let age = max(0, subject.t - start.time)
        if let end = newest(then, profile), end > start { return Reading(holds: false, value: Double(age)) }
        if age >= length { return Reading(holds: true, value: Double(age)) }
        return Reading(holds: false, changesAt: start.time.saturatingAdd(length), value: Double(age))
    }

    mutating func readLast(
        _ filter: borrowing CompiledFilter, _ older: Int64?, _ newer: Int64?, _ profile: borrowing Profile,
        _ subject: Subject
    ) -> Reading {
        guard let last = newest(filter, profile) else { return Reading(holds: false) }
        let age = max(0, subject.t - last.time)
        func holds(_ age: Int64) -> Bool { age >= older ?? 0 && age < newer ?? .max }
        var reading = Reading(holds: holds(age), value: Double(age))
        for bound in [older, newer].compactMap({ $0 }).sorted() where bound > age && holds(bound) != reading.holds {
            reading.changesAt = last.time.saturatingAdd(bound)
            break
        }
        return reading
    }
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
