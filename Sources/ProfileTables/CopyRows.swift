import Ingest
import Interactions
import Postgres
import Scoring

// Rows in the form COPY takes them, each lane's in its own order; written while PostgreSQL takes in those before.

extension Changeset {
    /// How many bytes all rows of profiles, transitions and points take: what the bench measures.
    package func rowBytes() -> Int {
        var total = 0
        var bytes: [UInt8] = []
        func count(_ rows: inout [UInt8]) {
            total += rows.count
            rows.removeAll(keepingCapacity: true)
        }
        for lane in lanes {
            do throws(PostgresError) {
                try lane.writeProfiles(areNew: true, to: &bytes, count)
                try lane.writeProfiles(areNew: false, to: &bytes, count)
                try lane.writeTransitions(revisions, edition.versions, to: &bytes, count)
                try lane.writePoints(areFirst: true, to: &bytes, count)
                try lane.writePoints(areFirst: false, to: &bytes, count)
            } catch { preconditionFailure("nothing is sent") }
        }
        return total
    }
}

extension Changeset.Lane {
    /// The lane's points as rows of `COPY points … (FORMAT binary)`.
    ///
    /// - Parameter areFirst: those of people who had none, where a line with nothing in it is none; or all others'.
    func writePoints(
        areFirst: Bool, to out: inout [UInt8], _ passOn: PostgresConnection.PassOn
    ) throws(PostgresError) {
        for row in points where row.isFirst == areFirst && !(areFirst && row.row.isEmpty) {
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
            try passOn(&out)
        }
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
