/// How a card looks: every number with what it means.
extension Card {
    private static let levels = [
        "visitor": "访客", "interactor": "互动者", "fan": "粉丝", "friend": "朋友", "customer": "客户", "member": "会员",
    ]

    var text: String {
        func instant(_ value: Int64?) -> String { value.map(Written.instant) ?? "never" }
        func days(_ value: Int64?) -> String { value.map(Written.count) ?? "—" }
        let review = reviewAt == .max ? "never" : Written.instant(reviewAt)
        var lines = ["\(customer)" + (asked == customer ? "" : "  (asked for as \(asked))"), ""]
        lines += Self.columns([
            (
                "level", "\(level) \(Self.levels[level] ?? "")",
                "highest rung of the ladder, since \(Written.instant(levelSince))"
            ),
            ("connection", connection, "strength of the connection, read off the level"),
            ("lifecycle", lifecycle, "stage of life, since \(Written.instant(lifecycleSince))"),
            ("", "", ""),
            (
                "engagement", Written.decimal(engagement, places: 1),
                "0 to 100: contacts weighed, halved every 14 days, as of now"
            ),
            ("activity", Written.count(activity), "days with a contact among the last 30"),
            ("", "", ""),
            ("recency", days(recency), "R: days since the last purchase"),
            ("frequency", Written.count(frequency), "F: purchases in the last 365 days"),
            ("monetary", Written.money(monetary), "M: net spend in the last 365 days"),
            ("purchases", Written.count(purchases), "ever, those wholly refunded not counted"),
            ("net spend", Written.money(netSpend), "ever, after refunds"),
            ("repeat days", days(repeatDays), "x: distinct purchase days after the first"),
            ("", days(recencyDays), "t_x: days from the first purchase day to the last"),
            ("", days(tenureDays), "T: days from the first purchase day to the evaluation"),
            ("", "", ""),
            ("first seen", instant(firstSeen), "first event"),
            ("last seen", instant(lastSeen), "newest event"),
            ("first purchase", instant(firstPurchase), ""),
            ("last purchase", instant(lastPurchase), ""),
            ("marketable", isMarketable ? "yes" : "no", "no after an opt-out from everything"),
            ("", "", ""),
            ("evaluated", Written.instant(evaluatedAt), "the numbers above are of this instant, engagement of now"),
            ("next review", review, "evaluated again then, if nothing happens before"),
            ("version", Written.count(version), "times the row was written"),
        ])
        if let stateBytes {
            lines += Self.columns([
                ("state", "\(Written.count(stateBytes)) B", "stored size of what the card is computed from")
            ])
        }
        if identities.count > 1 { lines += ["", "identities: " + identities.joined(separator: ", ")] }
        if !events.isEmpty {
            var table = TextTable([
                ("newest events", .left), ("type", .left), ("channel", .left), ("item", .left), ("amount", .right),
            ])
            for event in events {
                table.append([
                    Written.instant(event.at), event.type, event.channel, event.item,
                    event.amount.map(Written.money) ?? "",
                ])
            }
            lines += ["", table.text]
        }
        if !transitions.isEmpty {
            var table = TextTable([("newest changes", .left), ("of", .left), ("to", .left), ("because of", .left)])
            for change in transitions {
                table.append([
                    Written.instant(change.at), change.dimension, (change.from.map { "\($0) → " } ?? "") + change.to,
                    change.cause,
                ])
            }
            lines += ["", table.text]
        }
        return lines.joined(separator: "\n")
    }

    /// Name, value and meaning under each other; an empty row is an empty line.
    private static func columns(_ rows: [(name: String, value: String, meaning: String)]) -> [String] {
        rows.map { row in
            if row.value.isEmpty { return "" }
            let name = row.name + String(repeating: " ", count: max(0, 15 - TextTable.width(row.name)))
            let value = row.value + String(repeating: " ", count: max(0, 24 - TextTable.width(row.value)))
            let line = "  \(name) \(value) \(row.meaning)"
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    var json: JSON {
        func instant(_ value: Int64?) -> JSON {
            value.map { $0 == .max ? .null : .text(Written.isoInstant($0)) } ?? .null
        }
        func integer(_ value: Int64?) -> JSON { value.map { .integer($0) } ?? .null }
        return .fields([
            "customer_id": .text(customer), "asked": .text(asked), "identities": .list(identities.map { .text($0) }),
            "version": .integer(version), "level": .text(level), "level_since": instant(levelSince),
            "connection": .text(connection), "lifecycle": .text(lifecycle), "lifecycle_since": instant(lifecycleSince),
            "engagement": .number(engagement), "activity": .integer(activity), "recency": integer(recency),
            "frequency": .integer(frequency), "monetary": .integer(monetary), "purchases": .integer(purchases),
            "net_spend": .integer(netSpend), "repeat_days": integer(repeatDays), "recency_days": integer(recencyDays),
            "tenure_days": integer(tenureDays), "first_seen": instant(firstSeen), "last_seen": instant(lastSeen),
            "first_purchase": instant(firstPurchase), "last_purchase": instant(lastPurchase),
            "marketable": .boolean(isMarketable), "evaluated_at": instant(evaluatedAt), "review_at": instant(reviewAt),
            "state_bytes": .optional(stateBytes) { .integer(Int64($0)) },
            "events": .list(
                events.map {
                    .fields([
                        "at": instant($0.at), "type": .text($0.type), "channel": .text($0.channel),
                        "item": $0.item.isEmpty ? .null : .text($0.item), "amount": integer($0.amount),
                    ])
                }),
            "transitions": .list(
                transitions.map {
                    .fields([
                        "at": instant($0.at), "dimension": .text($0.dimension),
                        "from": .optional($0.from) { .text($0) }, "to": .text($0.to), "cause": .text($0.cause),
                    ])
                }),
        ])
    }
}
