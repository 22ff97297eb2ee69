import Ingest
import Interactions
import Postgres
import Scoring

extension Changeset.Lane {
    /// The lane's profiles as rows of `COPY staged_profile … (FORMAT binary)`.
    func copiedProfiles() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + profiles.count * 320)
        for row in profiles {
            let evaluation = row.evaluation
            let standing = row.standing
            out.append(bigEndian: Int16(27))
            out.append(field: bytes[row.customer.range])
            out.append(field: row.version + 1)
            out.append(field: bytes[row.state.range])
            out.append(label: evaluation.level.name)
            out.append(label: evaluation.connection.name)
            out.append(label: evaluation.lifecycle.name)
            out.append(instant: standing.levelSince)
            out.append(instant: standing.connectionSince)
            out.append(instant: standing.lifecycleSince)
            out.append(double: evaluation.engagement)
            out.append(double: evaluation.engagementSum)
            out.append(field: Int32(clamping: evaluation.activity))
            out.append(optional: evaluation.recency)
            out.append(field: Int32(clamping: evaluation.frequency))
            out.append(field: evaluation.monetary)
            out.append(field: evaluation.purchases)
            out.append(field: evaluation.netSpend)
            out.append(optional: evaluation.repeatDays)
            out.append(optional: evaluation.recencyDays)
            out.append(optional: evaluation.tenureDays)
            out.append(optionalInstant: evaluation.firstSeen)
            out.append(optionalInstant: evaluation.lastSeen)
            out.append(optionalInstant: evaluation.firstPurchase)
            out.append(optionalInstant: evaluation.lastPurchase)
            out.append(bigEndian: Int32(1))
            out.append(evaluation.marketable ? 1 : 0)
            out.append(instant: standing.evaluatedAt)
            out.append(instant: standing.reviewAt)
        }
        return out
    }

    /// The lane's transitions as rows of `COPY transition … (FORMAT binary)`.
    func copiedTransitions() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(transitions.count * 96)
        for row in transitions {
            out.append(bigEndian: Int16(6))
            out.append(field: bytes[row.customer.range])
            out.append(label: row.dimension.rawValue)
            if let from = row.from { out.append(label: from) } else { out.append(bigEndian: Int32(-1)) }
            out.append(label: row.to)
            out.append(instant: row.effectiveAt)
            switch row.cause {
            case .time: out.append(label: "time")
            case .event(let id): out.append(field: bytes[id.range])
            }
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
        if let payload { out.append(field: payload[...]) } else { out.append(bigEndian: Int32(-1)) }
        if let customer { out.append(field: customer[...]) } else { out.append(bigEndian: Int32(-1)) }
    }
}

extension [UInt8] {
    fileprivate mutating func append(field value: ArraySlice<UInt8>) {
        append(bigEndian: Int32(value.count))
        append(contentsOf: value)
    }
    fileprivate mutating func append(field value: Int64) {
        append(bigEndian: Int32(8))
        append(bigEndian: value)
    }
    fileprivate mutating func append(field value: Int32) {
        append(bigEndian: Int32(4))
        append(bigEndian: value)
    }
    fileprivate mutating func append(label: String) {
        append(bigEndian: Int32(label.utf8.count))
        append(contentsOf: label.utf8)
    }
    fileprivate mutating func append(instant milliseconds: Int64) {
        append(field: BinaryFormat.timestamp(milliseconds))
    }
    fileprivate mutating func append(double value: Double) { append(field: Int64(bitPattern: value.bitPattern)) }
    fileprivate mutating func append(optional value: Int?) {
        if let value { append(field: Int32(clamping: value)) } else { append(bigEndian: Int32(-1)) }
    }
    fileprivate mutating func append(optionalInstant value: Int64?) {
        if let value { append(instant: value) } else { append(bigEndian: Int32(-1)) }
    }
}
