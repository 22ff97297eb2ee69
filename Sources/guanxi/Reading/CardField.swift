import Postgres

/// One number of a card: a column of `customer_card`, and how it is written.
///
/// What it means is the column's comment in the database, so that the card, a dashboard and psql say the same.
struct CardField: Sendable {
    enum Format: Sendable {
        case label, level, text, list, count, money, flag, instant
        /// With this many decimals.
        case decimal(Int)
        /// 0…1, as a percentage.
        case share
    }

    let section: String
    let name: String
    let format: Format

    /// In the order of the card.
    static let all: [CardField] =
        of(
            "Ladder and life",
            [
                ("level", .level), ("level_since", .instant), ("connection", .label), ("lifecycle", .label),
                ("lifecycle_since", .instant), ("tier", .label), ("tier_since", .instant), ("points_balance", .count),
                ("aipl", .label), ("segments", .list),
            ])
        + of(
            "Relationship",
            [
                ("engagement", .decimal(1)), ("activity", .count), ("relationship_strength", .decimal(1)),
                ("trust", .decimal(1)), ("satisfaction", .decimal(1)), ("satisfaction_pre", .decimal(1)),
                ("satisfaction_during", .decimal(1)), ("satisfaction_post", .decimal(1)), ("responsiveness", .share),
                ("contribution", .money),
            ])
        + of(
            "Advocacy",
            [("advocacy", .decimal(1)), ("influence", .decimal(2)), ("referred_revenue", .money)])
        + of(
            "Value",
            [
                ("recency", .count), ("frequency", .count), ("monetary", .money), ("r_score", .count),
                ("f_score", .count), ("m_score", .count), ("grade", .label), ("purchases", .count),
                ("net_spend", .money), ("repeat_days", .count), ("recency_days", .count), ("tenure_days", .count),
                ("p_alive", .share), ("churn_risk", .share), ("expected_purchases_90d", .decimal(2)),
                ("expected_order_value", .money), ("clv", .money), ("last_purchase_kind", .label),
            ])
        + of(
            "Tastes and habits",
            [
                ("top_categories", .list), ("top_brands", .list), ("preferred_channel", .text),
                ("preferred_hour", .count), ("top_city", .text), ("cities", .count), ("coupon_share", .share),
                ("average_order", .money), ("novelty", .decimal(2)),
            ])
        + of(
            "Facts",
            [
                ("first_seen", .instant), ("last_seen", .instant), ("first_purchase", .instant),
                ("last_purchase", .instant), ("marketable", .flag), ("evaluated_at", .instant),
                ("review_at", .instant), ("definitions", .count), ("calibration", .count), ("version", .count),
            ])

    private static func of(_ section: String, _ columns: [(String, Format)]) -> [CardField] {
        columns.map { CardField(section: section, name: $0.0, format: $0.1) }
    }

    private static let levels = [
        "visitor": "访客", "interactor": "互动者", "fan": "粉丝", "friend": "朋友", "customer": "客户", "member": "会员",
    ]

    /// A cell of a row as people and as programs read it; a dash and null where it cannot be computed.
    func read(_ rows: borrowing Rows, _ row: Int, _ column: Int) -> (text: String, json: JSON) {
        if rows.isNull(row, column) { return ("—", .null) }
        switch format {
        case .label, .text:
            let value = rows.string(row, column)
            return (value, .text(value))
        case .level:
            let value = rows.string(row, column)
            return ("\(value) \(Self.levels[value] ?? "")", .text(value))
        case .list:
            let values = rows.texts(row, column).map { String(decoding: $0, as: UTF8.self) }
            return (values.joined(separator: ", "), .list(values.map { .text($0) }))
        case .count:
            let value = rows.int(row, column)
            return (Written.count(value), .integer(value))
        case .money:
            let value = rows.int(row, column)
            return (Written.money(value), .integer(value))
        case .flag:
            let value = rows.bool(row, column)
            return (value ? "yes" : "no", .boolean(value))
        case .instant:
            let value = rows.instant(row, column)
            return value == .max ? ("never", .null) : (Written.instant(value), .text(Written.isoInstant(value)))
        case .decimal(let places):
            let value = rows.double(row, column)
            return (Written.decimal(value, places: places), .number(value))
        case .share:
            let value = rows.double(row, column)
            return ("\(Written.decimal(100 * value, places: 1)) %", .number(value))
        }
    }
}
