import Ingest
import Interactions
import Postgres

// What changed of whom, in the forms it is written in: the log, and who is in which segment.

extension Changeset.Lane {
    /// One change of a person, as the log tells it.
    private struct Step {
        var dimension: String
        var from: String?
        var to: String
        var effectiveAt: Int64
        var cause: Changeset.TransitionRow.Cause
    }

    /// The lane's transitions as rows of `COPY transition_log … (FORMAT binary)`: one for all that the same event
    /// changed of a person. Who leaves a segment is not among them.
    func writeTransitions(
        _ revisions: [SegmentRevision], _ versions: Versions, to out: inout [UInt8],
        _ passOn: PostgresConnection.PassOn
    ) throws(PostgresError) {
        let definitions = Int32(clamping: versions.definitions)
        var steps: [Step] = []
        // Both lists are in the order in which people were folded, and so are the places of their names.
        var (row, change) = (0, 0)
        while row < transitions.count || change < memberships.count {
            let customer: Text
            if change == memberships.count {
                customer = transitions[row].customer
            } else if row == transitions.count {
                customer = memberships[change].customer
            } else {
                let (one, other) = (transitions[row].customer, memberships[change].customer)
                customer = one.start <= other.start ? one : other
            }
            while row < transitions.count, transitions[row].customer == customer {
                let own = transitions[row]
                steps.append(
                    Step(
                        dimension: own.dimension.rawValue, from: own.from, to: own.to, effectiveAt: own.effectiveAt,
                        cause: own.cause))
                row += 1
            }
            while change < memberships.count, memberships[change].customer == customer {
                let own = memberships[change]
                change += 1
                let revision = revisions[own.segment]
                if !own.isEntry || own.isVoid || revision.state != .current { continue }
                steps.append(
                    Step(dimension: "segment", to: revision.id, effectiveAt: own.effectiveAt, cause: own.cause))
            }
            while let first = steps.first {
                append(customer, steps.filter { isSame($0, first) }, definitions, to: &out)
                steps.removeAll { isSame($0, first) }
            }
            try passOn(&out)
        }
    }

    /// Whether they stand in one row of the log.
    private func isSame(_ one: Step, _ other: Step) -> Bool {
        if one.effectiveAt != other.effectiveAt { return false }
        return switch (one.cause, other.cause) {
        case (.time, .time), (.definition, .definition): true
        case (.event(let one), .event(let other)): one == other || bytes[one.range] == bytes[other.range]
        default: false
        }
    }

    private func append(_ customer: Text, _ steps: [Step], _ definitions: Int32, to out: inout [UInt8]) {
        var length: Int32 = 28
        for step in steps {
            length += 12 + Int32(step.dimension.utf8.count + (step.from?.utf8.count ?? 0) + step.to.utf8.count)
        }
        out.appendRow(of: 5, room: 64 + Int(customer.count) + steps[0].cause.count + Int(length)) { out in
            out.append(field: bytes.span.extracting(customer.range))
            out.append(instant: steps[0].effectiveAt)
            out.append(steps[0].cause, of: bytes.span)
            out.append(field: definitions)
            // An array of two dimensions that may hold NULLs, of text (25 everywhere); each dimension's length and
            // where it begins.
            out.append(bigEndian: length)
            out.append(bigEndian: Int32(2))
            out.append(bigEndian: Int32(1))
            out.append(bigEndian: Int32(25))
            out.append(bigEndian: Int32(steps.count))
            out.append(bigEndian: Int32(1))
            out.append(bigEndian: Int32(3))
            out.append(bigEndian: Int32(1))
            for step in steps {
                out.append(label: step.dimension)
                if let from = step.from { out.append(label: from) } else { out.appendNull() }
                out.append(label: step.to)
            }
        }
    }
}

extension Changeset.TransitionRow.Cause {
    /// Bytes of the event's id.
    fileprivate var count: Int { if case .event(let id) = self { Int(id.count) } else { 0 } }
}

/// Changes of membership in the forms they are written in.
struct CopiedMemberships: Sendable {
    /// Rows of `COPY segment_member … (FORMAT binary)`.
    var entering: [[UInt8]] = []
    /// Who comes into the new form of a segment that has an old one.
    var prepared: [(revision: Int64, replaces: Int64, customer: [UInt8], enteredAt: Int64)] = []
    /// Rows of `COPY staged_leaving (FORMAT binary)`.
    var leaving: [[UInt8]] = []

    init(_ lanes: [Changeset.Lane], _ revisions: [SegmentRevision], _ versions: Versions) {
        for lane in lanes { add(lane, revisions, versions) }
    }

    private mutating func add(_ lane: Changeset.Lane, _ revisions: [SegmentRevision], _ versions: Versions) {
        var coming: [Int] = []
        var leaving: [UInt8] = []
        for (place, change) in lane.memberships.enumerated() where !change.isVoid {
            let revision = revisions[change.segment]
            if !change.isEntry {
                let texts = revision.id.utf8.count + Int(change.customer.count) + change.cause.count
                leaving.appendRow(of: 5, room: 64 + texts) { out in
                    out.append(field: revision.number)
                    out.append(field: lane.bytes.span.extracting(change.customer.range))
                    if revision.state == .current { out.append(label: revision.id) } else { out.appendNull() }
                    out.append(instant: change.effectiveAt)
                    out.append(change.cause, of: lane.bytes.span)
                }
            } else if let replaced = revision.replaces {
                prepared.append(
                    (
                        Int64(revision.number), Int64(replaced), Array(lane.bytes[change.customer.range]),
                        change.effectiveAt
                    ))
            } else {
                coming.append(place)
            }
        }
        // As the key has it, one segment after the other: thousands of rows meet the same few pages of its index.
        coming.sort { (lane.memberships[$0].segment, $0) < (lane.memberships[$1].segment, $1) }
        var entering: [UInt8] = []
        for place in coming {
            let change = lane.memberships[place]
            entering.appendRow(of: 4, room: 64 + Int(change.customer.count)) { out in
                out.append(field: revisions[change.segment].number)
                out.append(field: lane.bytes.span.extracting(change.customer.range))
                out.append(instant: change.effectiveAt)
                out.append(field: Int32(clamping: versions.definitions))
            }
        }
        if !entering.isEmpty { self.entering.append(entering) }
        if !leaving.isEmpty { self.leaving.append(leaving) }
    }
}
