import Ingest
import Interactions
import Postgres
import Profiles
import Scoring

/// One column of `profile`: its name and type in PostgreSQL, and where its value comes from.
///
/// This list is the one description of a row: the staging table, the upsert, what is copied and what `guanxi audit`
/// compares are made from it. A test compares it with the columns of the database.
package struct ProfileColumn: Sendable {
    package let name: String
    /// PostgreSQL's type; `NOT NULL` where it always has a value.
    package let type: String
    /// Computed of the person at `evaluated_at` alone: equal to what the reference fold says.
    package let isComputed: Bool
    /// Rows are large: `borrowing`, as a copy of one for each column cost more than to write it.
    let value: @Sendable (borrowing Changeset.ProfileRow) -> ColumnValue

    private static func row(
        _ name: String, _ type: String, _ value: @escaping @Sendable (borrowing Changeset.ProfileRow) -> ColumnValue
    ) -> ProfileColumn {
        ProfileColumn(name: name, type: type, isComputed: false, value: value)
    }

    private static func score(
        _ name: String, _ type: String, _ value: @escaping @Sendable (borrowing Changeset.ProfileRow) -> ColumnValue
    ) -> ProfileColumn {
        ProfileColumn(name: name, type: type, isComputed: true, value: value)
    }
}

/// What a column holds, in the forms PostgreSQL takes. `Text`s are ranges of the lane's bytes.
enum ColumnValue: ~Copyable {
    case text(Text)
    /// Nil where it is absent.
    case name(Text)
    case names(InlineArray<5, Text>)
    case integers([Int32])
    case label(String?)
    case integer(Int?)
    case bigint(Int64?)
    case double(Double?)
    case bool(Bool)
    /// Unix ms.
    case instant(Int64?)

    /// Minor units as money is stored: rounded half to even.
    static func money(_ value: Double?) -> ColumnValue {
        .bigint(value.map { Int64(clamping: $0.rounded(.toNearestOrEven)) })
    }
}

extension Int64 {
    fileprivate init(clamping value: Double) {
        self = value >= 0x1p63 ? .max : value <= -0x1p63 ? .min : Int64(value)
    }
}

extension ProfileColumn {
    /// In the order of the row.
    package static let all: [ProfileColumn] = [
        row("customer_id", "text COLLATE \"C\" NOT NULL") { .text($0.customer) },
        // Staged below zero where it is to be written over a row: see `upsert.sql`.
        row("version", "bigint NOT NULL") { .bigint($0.isNew ? $0.version + 1 : -$0.version - 1) },
        row("state", "bytea NOT NULL") { .text($0.state) },
        score("level", "level NOT NULL") { .label($0.evaluation.level.name) },
        score("connection", "connection NOT NULL") { .label($0.evaluation.connection.name) },
        score("lifecycle", "lifecycle NOT NULL") { .label($0.evaluation.lifecycle.name) },
        score("tier", "tier NOT NULL") { .label($0.evaluation.tier.name) },
        row("level_since", "timestamptz NOT NULL") { .instant($0.standing.levelSince) },
        row("connection_since", "timestamptz NOT NULL") { .instant($0.standing.connectionSince) },
        row("lifecycle_since", "timestamptz NOT NULL") { .instant($0.standing.lifecycleSince) },
        row("tier_since", "timestamptz NOT NULL") { .instant($0.standing.tierSince) },

        score("engagement", "double precision NOT NULL") { .double($0.evaluation.engagement) },
        score("engagement_sum", "double precision NOT NULL") { .double($0.evaluation.engagementSum) },
        score("activity", "integer NOT NULL") { .integer($0.evaluation.activity) },
        score("relationship_strength", "double precision NOT NULL") { .double($0.evaluation.relationshipStrength) },
        score("trust", "double precision NOT NULL") { .double($0.evaluation.trust) },
        score("positive_sum", "double precision NOT NULL") { .double($0.evaluation.positiveSum) },
        score("negative_sum", "double precision NOT NULL") { .double($0.evaluation.negativeSum) },
        score("satisfaction", "double precision") { .double($0.evaluation.satisfaction) },
        score("satisfaction_pre", "double precision") { .double($0.evaluation.satisfactionPre) },
        score("satisfaction_during", "double precision") { .double($0.evaluation.satisfactionDuring) },
        score("satisfaction_post", "double precision") { .double($0.evaluation.satisfactionPost) },
        score("responsiveness", "double precision") { .double($0.evaluation.responsiveness) },
        score("contribution", "bigint") { .money($0.evaluation.contribution) },

        score("advocacy", "double precision NOT NULL") { .double($0.evaluation.advocacy) },
        score("advocacy_sum", "double precision NOT NULL") { .double($0.evaluation.advocacySum) },
        score("influence", "double precision NOT NULL") { .double($0.evaluation.influence) },
        score("referred_revenue", "bigint NOT NULL") { .bigint($0.evaluation.referredRevenue) },

        score("recency", "integer") { .integer($0.evaluation.recency) },
        score("frequency", "integer NOT NULL") { .integer($0.evaluation.frequency) },
        score("monetary", "bigint NOT NULL") { .bigint($0.evaluation.monetary) },
        score("r_score", "integer") { .integer($0.evaluation.rfm?.recency) },
        score("f_score", "integer") { .integer($0.evaluation.rfm?.frequency) },
        score("m_score", "integer") { .integer($0.evaluation.rfm?.monetary) },
        score("grade", "grade") { .label($0.evaluation.grade?.name) },
        score("purchases", "bigint NOT NULL") { .bigint($0.evaluation.purchases) },
        score("net_spend", "bigint NOT NULL") { .bigint($0.evaluation.netSpend) },
        score("repeat_days", "integer") { .integer($0.evaluation.repeatDays) },
        score("recency_days", "integer") { .integer($0.evaluation.recencyDays) },
        score("tenure_days", "integer") { .integer($0.evaluation.tenureDays) },
        score("p_alive", "double precision") { .double($0.evaluation.pAlive) },
        score("churn_risk", "double precision") { .double($0.evaluation.churnRisk) },
        score("expected_purchases_90d", "double precision") { .double($0.evaluation.expectedPurchases) },
        score("expected_order_value", "bigint") { .money($0.evaluation.expectedOrderValue) },
        score("clv", "bigint") { .money($0.evaluation.lifetimeValue) },
        score("last_purchase_kind", "purchase_kind") { .label($0.evaluation.lastPurchaseKind?.name) },
        score("aipl", "aipl_stage") { .label($0.evaluation.aipl?.name) },
        score("points_balance", "bigint NOT NULL") { .bigint($0.evaluation.pointsBalance) },

        score("top_categories", "text[]") { .names($0.tastes.categories) },
        score("top_brands", "text[]") { .names($0.tastes.brands) },
        score("preferred_channel", "text") { .name($0.tastes.channel) },
        score("preferred_hour", "integer") { .integer($0.tastes.hour) },
        score("top_city", "text") { .name($0.tastes.city) },
        score("cities", "integer NOT NULL") { .integer($0.tastes.cities) },
        score("coupon_share", "double precision") { .double($0.evaluation.couponShare) },
        score("average_order", "bigint") { .money($0.evaluation.averageOrder) },
        score("novelty", "double precision") { .double($0.evaluation.novelty) },

        score("first_seen", "timestamptz") { .instant($0.evaluation.firstSeen) },
        score("last_seen", "timestamptz") { .instant($0.evaluation.lastSeen) },
        score("first_purchase", "timestamptz") { .instant($0.evaluation.firstPurchase) },
        score("last_purchase", "timestamptz") { .instant($0.evaluation.lastPurchase) },
        score("marketable", "boolean NOT NULL") { .bool($0.evaluation.marketable) },
        row("segments", "integer[] NOT NULL") { .integers($0.standing.segments) },
        row("evaluated_at", "timestamptz NOT NULL") { .instant($0.standing.evaluatedAt) },
        row("review_at", "timestamptz NOT NULL") { .instant($0.standing.reviewAt) },
        row("definitions", "integer NOT NULL") { .integer($0.standing.versions.definitions) },
        row("calibration", "integer NOT NULL") { .integer($0.standing.versions.calibration) },
    ]
}

extension Changeset.Lane {
    /// The lane's profiles as rows of `COPY … (FORMAT binary)`.
    ///
    /// - Parameter areNew: those that must not exist yet, or those over a row that was read.
    func writeProfiles(
        areNew: Bool, to out: inout [UInt8], _ passOn: PostgresConnection.PassOn
    ) throws(PostgresError) {
        // Of a span, where a row is borrowed: an array gives a copy.
        let rows = profiles.span
        for index in rows.indices where rows[index].isNew == areNew {
            append(rows[index], to: &out)
            try passOn(&out)
        }
    }

    /// Room for all columns is asked for once: to ask for each costs more than to write it.
    private func append(_ row: borrowing Changeset.ProfileRow, to out: inout [UInt8]) {
        let columns = ProfileColumn.values.span
        out.append(bigEndian: Int16(columns.count))
        out.append(addingCapacity: columns.count * ColumnValue.longestPlain + row.textWidth) { out in
            for index in columns.indices { out.append(columns[index].of(row), of: bytes.span) }
        }
    }

    /// The computed columns in which a stored row differs from row `index` of the lane.
    ///
    /// - Parameters:
    ///   - rows: selected with the names of `ProfileColumn.computed`, from result column `first` on.
    package func differences(
        of index: Int, from rows: borrowing Rows, _ row: Int, first: Int
    ) -> [String] {
        var names: [String] = []
        for (number, column) in ProfileColumn.computed.enumerated()
        where !column.value(profiles[index]).isStored(in: rows, row, first + number, of: bytes) {
            names.append(column.name)
        }
        return names
    }
}

extension ProfileColumn {
    package static let computed = all.filter(\.isComputed)
    /// What a row needs of the columns: their names would be counted references for each. In a structure, as a closure
    /// in an array is called through a thunk that copies the row.
    fileprivate struct Value {
        let of: @Sendable (borrowing Changeset.ProfileRow) -> ColumnValue
    }
    fileprivate static let values = all.map { Value(of: $0.value) }
    package static let names = all.map(\.name).joined(separator: ", ")
}

extension ColumnValue {
    fileprivate func isStored(in rows: borrowing Rows, _ row: Int, _ column: Int, of bytes: [UInt8]) -> Bool {
        let isNull = rows.isNull(row, column)
        switch self {
        case .text(let text): return rows.bytes(row, column)[...] == bytes[text.range]
        case .name(let text):
            return text.isAbsent ? isNull : !isNull && rows.bytes(row, column)[...] == bytes[text.range]
        case .names(let texts):
            let names = texts.present.map { Array(bytes[$0.range]) }
            return names.isEmpty ? isNull : rows.texts(row, column) == names
        case .integers(let values): return rows.integers(row, column) == values
        case .label(let label): return label == (isNull ? nil : rows.string(row, column))
        case .integer(let value): return value.map { Int64($0) } == rows.optionalInt(row, column)
        case .bigint(let value): return value == rows.optionalInt(row, column)
        case .double(let value): return value == (isNull ? nil : rows.double(row, column))
        case .bool(let value): return value == rows.bool(row, column)
        case .instant(let value): return value == rows.optionalInstant(row, column)
        }
    }
}

extension InlineArray<5, Text> {
    fileprivate var present: [Text] { indices.map { self[$0] }.filter { !$0.isAbsent } }
}

extension ColumnValue {
    /// The most bytes a value takes that is no text of a person's: a length and a label, of which PostgreSQL's are
    /// shorter.
    fileprivate static let longestPlain = 4 + 64
}

extension Changeset.ProfileRow {
    /// The most bytes that texts and segments of the person take in all columns, with their arrays' headers.
    fileprivate var textWidth: Int {
        var width = Int(customer.count) + Int(state.count) + Int(tastes.channel.count) + Int(tastes.city.count)
        for index in tastes.categories.indices {
            width += 8 + Int(tastes.categories[index].count) + Int(tastes.brands[index].count)
        }
        return width + 8 * standing.segments.count
    }
}

extension OutputSpan<UInt8> {
    fileprivate mutating func append(_ value: consuming ColumnValue, of bytes: Span<UInt8>) {
        switch consume value {
        case .text(let text): append(field: bytes.extracting(text.range))
        case .name(let text): if text.isAbsent { appendNull() } else { append(field: bytes.extracting(text.range)) }
        case .names(let texts): append(array: texts, of: bytes)
        case .integers(let values): append(array: values)
        case .label(let label): if let label { append(label: label) } else { appendNull() }
        case .integer(let value): if let value { append(field: Int32(clamping: value)) } else { appendNull() }
        case .bigint(let value): if let value { append(field: value) } else { appendNull() }
        case .double(let value):
            if let value { append(field: Int64(bitPattern: value.bitPattern)) } else { appendNull() }
        case .bool(let value):
            append(bigEndian: Int32(1))
            append(value ? 1 : 0)
        case .instant(let value):
            if let value { append(instant: value) } else { appendNull() }
        }
    }

    private mutating func append(array values: [Int32]) {
        // Without dimensions where it is empty. The OID of integer is 23 everywhere.
        append(bigEndian: Int32(values.isEmpty ? 12 : 20 + 8 * values.count))
        append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        append(bigEndian: Int32(0))
        append(bigEndian: Int32(23))
        if values.isEmpty { return }
        append(bigEndian: Int32(values.count))
        append(bigEndian: Int32(1))
        for value in values { append(field: value) }
    }

    /// A one-dimensional `text[]` of those that are present; NULL instead of an empty one.
    private mutating func append(array texts: InlineArray<5, Text>, of bytes: Span<UInt8>) {
        var count: Int32 = 0
        var length: Int32 = 20
        for index in texts.indices where !texts[index].isAbsent {
            count += 1
            length += 4 + Int32(texts[index].count)
        }
        if count == 0 { return appendNull() }
        append(bigEndian: length)
        // Dimensions, no nulls, the type's OID (text is 25 everywhere), length, lower bound.
        append(bigEndian: Int32(1))
        append(bigEndian: Int32(0))
        append(bigEndian: Int32(25))
        append(bigEndian: count)
        append(bigEndian: Int32(1))
        for index in texts.indices where !texts[index].isAbsent {
            append(field: bytes.extracting(texts[index].range))
        }
    }
}
