import Ingest
import Interactions
import Scoring
import Segments
import TestSupport

/// Knows the right answer: it kept the events, and asks the naive evaluator, which shares no code with the fold.
final class Auditor {
    /// Each person's events, in order of arrival where they are erased.
    var log: [String: [Event]] = [:]
    var bad = 0

    /// What is not as it must be, one line each.
    func findings(_ database: SimulatedDatabase) -> [String] {
        let tables = database.tables.withLock { $0 }
        var findings: [String] = []
        let people = log.mapValues { NaiveErasure($0) }
        let conversions = NaiveEvaluator.conversions(people.values.flatMap(\.events))
        if tables.profiles.keys.contains(where: { people[String(decoding: $0, as: UTF8.self)] == nil }) {
            findings.append("somebody has a row whom nobody knows")
        }
        for (customer, own) in people.sorted(by: { $0.key < $1.key }) {
            let earned = conversions[customer, default: []].filter { $0.at > own.until ?? .min }
            let events = own.events + earned
            guard let profile = tables.profiles[Array(customer.utf8)] else {
                if own.hasRow || !earned.isEmpty { findings.append("\(customer): has no row") }
                continue
            }
            if !own.hasRow, earned.isEmpty { findings.append("\(customer): has a row, and was erased") }
            let oracle = NaiveEvaluator(events)
            let expected = oracle.evaluation(at: profile.row.standing.evaluatedAt)
            findings += profile.evaluated.evaluation.differences(from: expected, except: ["lifecycleTurnedAt"]).map {
                "\(customer): \($0)"
            }
            // Reviews are done, so the stage written is the stage now.
            if oracle.lifecycle(at: tables.now) != profile.row.standing.lifecycle {
                findings.append("\(customer): the stage is not what it is now")
            }
            let standing = profile.row.standing
            let transitions = tables.transitions.filter { $0.customer == Array(customer.utf8) }
            for (dimension, beginning, value) in [
                ("level", "visitor", standing.level.name), ("connection", "weak", standing.connection.name),
                ("lifecycle", "stranger", standing.lifecycle.name), ("tier", "none", standing.tier.name),
            ] {
                let steps = transitions.filter { $0.dimension == dimension }
                findings += Self.walk(steps, from: beginning, to: value).map {
                    "\(customer): \(dimension) \($0)"
                }
            }
            findings += memberships(of: customer, events, tables, transitions)
        }
        if tables.enteredTwice > 0 { findings.append("somebody came into a segment without having left it") }
        if tables.revisions.contains(where: { $0.state == .preparing }) {
            findings.append("segments are still being prepared")
        }
        if tables.rejections.count != bad {
            findings.append("\(tables.rejections.count) rejections for \(bad) records that cannot be folded")
        }
        return findings
    }

    /// What a reader may see at any time: of a segment either all of its old form or all of its new one.
    static func glance(_ database: SimulatedDatabase) -> String? {
        database.tables.withLock { tables in
            for revision in tables.revisions where revision.state == .current {
                let missing = tables.profiles.values.count { $0.row.standing.versions.definitions < revision.version }
                if missing > 0 {
                    return "\(revision.id) is seen though \(missing) people were not evaluated with it"
                }
            }
            return nil
        }
    }

    /// The tables say who is a member now, whatever was in force before, and the log of each segment leads there.
    private func memberships(
        of customer: String, _ events: [Event], _ tables: SimulatedDatabase.Tables,
        _ transitions: [SimulatedDatabase.Transition]
    ) -> [String] {
        let segments = tables.documents.last ?? []
        let oracle = NaiveSegments(events, segments)
        var findings: [String] = []
        for id in Set(tables.documents.flatMap { $0.map(\.id) }).sorted() {
            let revision = tables.revisions.first { $0.id == id && $0.state == .current }
            let isMember = revision.flatMap { tables.members[$0.number]?[Array(customer.utf8)] } != nil
            if segments.contains(where: { $0.id == id }), isMember != oracle.isMember(of: id, at: tables.now) {
                findings.append("\(customer): \(isMember ? "is" : "is not") a member of \(id)")
            }
            var told = false
            for step in transitions where step.dimension == id {
                if (step.to != nil) == told { findings.append("\(customer): the log of \(id) has a step twice") }
                told = step.to != nil
            }
            if told != isMember { findings.append("\(customer): the log of \(id) does not lead to the present") }
        }
        return findings
    }

    /// The log of a dimension leads from where everybody begins to the present, without a gap, a double or a step back
    /// in time.
    private static func walk(
        _ steps: [SimulatedDatabase.Transition], from beginning: String, to present: String
    ) -> [String] {
        var value = beginning
        var since = Int64.min
        for (index, step) in steps.enumerated() {
            // A first evaluation has nothing to go on from.
            if step.from != value && !(index == 0 && step.from == nil) {
                return ["goes on from \(step.from ?? "nothing") where it was \(value)"]
            }
            guard let to = step.to, to != value else { return ["goes from \(value) to itself"] }
            if step.effectiveAt < since { return ["goes back in time"] }
            value = to
            since = step.effectiveAt
        }
        return value == present ? [] : ["ends at \(value), the row says \(present)"]
    }
}
