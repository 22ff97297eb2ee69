import Ingest
import Interactions
import Postgres
import Scoring

extension Changeset.Lane {
    /// The lane's transitions as rows of `COPY transition … (FORMAT binary)`.
    func copiedTransitions(definitions: Int) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(transitions.count * 96)
        for row in transitions {
            out.append(bigEndian: Int16(7))
            out.append(field: bytes[row.customer.range])
            out.append(label: row.dimension.rawValue)
            if let from = row.from { out.append(label: from) } else { out.appendNull() }
            out.append(label: row.to)
            out.append(instant: row.effectiveAt)
            switch row.cause {
            case .time: out.append(label: "time")
            case .definition: out.append(label: "definition")
            case .event(let id): out.append(field: bytes[id.range])
            }
            out.append(field: Int32(clamping: definitions))
        }
        return out
    }
}

extension Changeset.RejectedRecord {
    func appendCopied(to out: inout [UInt8]) {
        out.append(bigEndian: Int16(8))
        out.append(label: partition.topic)
        out.append(field: partition.number)
        out.append(field: offset)
        out.append(label: code.rawValue)
        out.append(label: detail)
        out.append(field: key[...])
        if let payload { out.append(field: payload[...]) } else { out.appendNull() }
        if let customer { out.append(field: customer[...]) } else { out.appendNull() }
    }
}

extension Changeset.Lane {
    /// The lane's points as rows of `COPY staged_points … (FORMAT binary)`.
    func copiedPoints() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(points.count * 120)
        for row in points {
            out.append(bigEndian: Int16(8))
            out.append(field: bytes[row.customer.range])
            // PostgreSQL counts days from 2000-01-01.
            out.append(field: row.row.day - 10_957)
            out.append(label: row.row.rule.name)
            out.append(label: row.row.kind.name)
            out.append(field: row.row.earned)
            out.append(field: row.row.spent)
            out.append(field: row.row.refused)
            if row.row.kind == .earned { out.append(field: row.expiresOn - 10_957) } else { out.appendNull() }
        }
        return out
    }
}

/// Fields of PostgreSQL's binary COPY format: a length, then the value.
extension [UInt8] {
    mutating func appendNull() { append(bigEndian: Int32(-1)) }
    mutating func append(field value: ArraySlice<UInt8>) {
        append(bigEndian: Int32(value.count))
        append(contentsOf: value)
    }
    mutating func append(field value: Int64) {
        append(bigEndian: Int32(8))
        append(bigEndian: value)
    }
    mutating func append(field value: Int32) {
        append(bigEndian: Int32(4))
        append(bigEndian: value)
    }
    mutating func append(label: String) {
        append(bigEndian: Int32(label.utf8.count))
        append(contentsOf: label.utf8)
    }
    mutating func append(instant milliseconds: Int64) { append(field: BinaryFormat.timestamp(milliseconds)) }
    mutating func append(double value: Double) { append(field: Int64(bitPattern: value.bitPattern)) }
}
