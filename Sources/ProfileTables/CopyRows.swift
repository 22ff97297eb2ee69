import Dispatch
import Ingest
import Interactions
import Postgres
import Scoring
import Synchronization

/// A changeset in the form COPY takes, encoded in parallel.
package struct CopiedChangeset: Sendable {
    /// Rows of people who must not exist yet, and their own names as rows of `identity`.
    var newProfiles: [[UInt8]] = []
    var newIdentities: [[UInt8]] = []
    /// Rows over what was read, and how many.
    var profiles: [[UInt8]] = []
    var known = 0
    /// How many rows there are with those of newcomers.
    var people = 0
    var transitions: [[UInt8]] = []
    var points: [[UInt8]] = []
    /// Some of these lines have nothing in them any more.
    var emptiesPoints = false
    var memberships = CopiedMemberships()
    /// Whose ledger is written whole, from which day since 1970-01-01 on.
    var replaced: [(customer: [UInt8], firstDay: Int64)] = []
    var rejections: [UInt8] = []

    package init(_ changeset: Changeset) {
        let lanes = changeset.lanes
        struct Encoded {
            var profiles: (new: [UInt8], known: [UInt8]) = ([], [])
            var identities: [UInt8] = []
            var transitions: [UInt8] = []
            var points: [UInt8] = []
            var memberships = CopiedMemberships()
        }
        let encoded = Mutex([Encoded](repeating: Encoded(), count: lanes.count))
        DispatchQueue.concurrentPerform(iterations: lanes.count) { index in
            let versions = changeset.edition.versions
            let memberships = CopiedMemberships(lanes[index], changeset.revisions, versions)
            let lane = Encoded(
                profiles: lanes[index].copiedProfiles(), identities: lanes[index].copiedIdentities(),
                transitions: lanes[index].copiedTransitions(changeset.revisions, versions),
                points: lanes[index].copiedPoints(), memberships: memberships)
            encoded.withLock { $0[index] = lane }
        }
        for lane in encoded.withLock({ $0 }) {
            if !lane.profiles.new.isEmpty {
                newProfiles.append(lane.profiles.new)
                newIdentities.append(lane.identities)
            }
            if !lane.profiles.known.isEmpty { profiles.append(lane.profiles.known) }
            if !lane.transitions.isEmpty { transitions.append(lane.transitions) }
            if !lane.points.isEmpty { points.append(lane.points) }
            memberships.add(lane.memberships)
        }
        for lane in lanes {
            known += lane.profiles.count { $0.version > 0 }
            people += lane.profiles.count
            if lane.points.contains(where: \.row.isEmpty) { emptiesPoints = true }
            replaced += lane.replacedLedgers.map { (Array(lane.bytes[$0.customer.range]), Int64($0.firstDay)) }
        }
        for rejection in changeset.rejections { rejection.appendCopied(to: &rejections) }
    }

    /// Adds what follows from other rows.
    mutating func add(_ other: CopiedChangeset) {
        transitions += other.transitions
        points += other.points
        emptiesPoints = emptiesPoints || other.emptiesPoints
        memberships.add(other.memberships)
        replaced += other.replaced
        rejections += other.rejections
    }

    /// Of all rows of profiles, transitions and points.
    package var rowBytes: Int {
        [newProfiles, profiles, transitions, points].joined().reduce(0) { $0 + $1.count }
    }
}

extension Changeset.Lane {
    /// The own names of the lane's new people as rows of `COPY identity … (FORMAT binary)`.
    func copiedIdentities() -> [UInt8] {
        var out: [UInt8] = []
        for row in profiles where row.version == 0 {
            out.appendRow(of: 2, room: 8 + 2 * Int(row.customer.count)) { out in
                out.append(field: bytes.span.extracting(row.customer.range))
                out.append(field: bytes.span.extracting(row.customer.range))
            }
        }
        return out
    }
}

extension Changeset.RejectedRecord {
    func appendCopied(to out: inout [UInt8]) {
        let texts = partition.topic.utf8.count + detail.utf8.count + key.count
        out.appendRow(of: 8, room: 128 + texts + (payload?.count ?? 0) + (customer?.count ?? 0)) { out in
            out.append(label: partition.topic)
            out.append(field: partition.number)
            out.append(field: offset)
            out.append(label: code.rawValue)
            out.append(label: detail)
            out.append(field: key.span)
            if let payload { out.append(field: payload.span) } else { out.appendNull() }
            if let customer { out.append(field: customer.span) } else { out.appendNull() }
        }
    }
}

extension Changeset.Lane {
    /// The lane's points as rows of `COPY staged_points … (FORMAT binary)`.
    func copiedPoints() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(points.count * 120)
        for row in points {
            let (rule, kind) = (row.row.rule.name, row.row.kind.name)
            out.appendRow(of: 8, room: 128 + Int(row.customer.count) + rule.utf8.count + kind.utf8.count) { out in
                out.append(field: bytes.span.extracting(row.customer.range))
                // PostgreSQL counts days from 2000-01-01.
                out.append(field: row.row.day - 10_957)
                out.append(label: rule)
                out.append(label: kind)
                out.append(field: row.row.earned)
                out.append(field: row.row.spent)
                out.append(field: row.row.refused)
                if row.row.kind == .earned { out.append(field: row.expiresOn - 10_957) } else { out.appendNull() }
            }
        }
        return out
    }
}

/// Fields of PostgreSQL's binary COPY format: a length, then the value.
extension OutputSpan<UInt8> {
    mutating func append(label: String) { append(field: label.utf8.span) }
    mutating func append(instant milliseconds: Int64) { append(field: BinaryFormat.timestamp(milliseconds)) }

    mutating func append(_ cause: Changeset.TransitionRow.Cause, of bytes: Span<UInt8>) {
        switch cause {
        case .time: append(label: "time")
        case .definition: append(label: "definition")
        case .event(let id): append(field: bytes.extracting(id.range))
        }
    }
}

extension [UInt8] {
    /// A row of as many fields, which take `room` bytes at most.
    mutating func appendRow(of columns: Int16, room: Int, _ fields: (inout OutputSpan<UInt8>) -> Void) {
        append(bigEndian: columns)
        append(addingCapacity: room, initializingWith: fields)
    }

    mutating func appendNull() { append(bigEndian: Int32(-1)) }
    mutating func append(double value: Double) { append(field: Int64(bitPattern: value.bitPattern)) }
}
