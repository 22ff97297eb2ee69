/// How a card looks: every number with what it means.
extension Card {
    var text: String {
        var lines = [
            "\(customer)" + (asked == customer ? "" : "  (asked for as \(asked))"),
            "Money in currency units (columns hold hundredths); engagement, trust, advocacy, influence as of now.",
        ]
        var section = ""
        for line in self.lines {
            if line.section != section {
                section = line.section
                lines += ["", section]
            }
            lines += Self.columns(line.name, line.text, line.meaning)
        }
        if let stateBytes {
            lines += Self.columns(
                "state", "\(Written.count(stateBytes)) B", "Stored size of what all of this is computed from.")
        }
        if identities.count > 1 { lines += ["", "identities: " + identities.joined(separator: ", ")] }
        if !events.isEmpty { lines += ["", eventTable] }
        if !points.isEmpty { lines += ["", pointsTable] }
        if !transitions.isEmpty { lines += ["", transitionTable] }
        return lines.joined(separator: "\n")
    }

    private var eventTable: String {
        var table = TextTable([
            ("newest events", .left), ("type", .left), ("channel", .left), ("item", .left), ("amount", .right),
        ])
        for event in events {
            table.append([
                Written.instant(event.at), event.type, event.channel, event.item, event.amount.map(Written.money) ?? "",
            ])
        }
        return table.text
    }

    private var pointsTable: String {
        var table = TextTable([
            ("newest points", .left), ("rule", .left), ("kind", .left), ("earned", .right), ("spent", .right),
            ("refused", .right), ("expire on", .left),
        ])
        for row in points {
            table.append(
                [row.day, row.rule, row.kind] + [row.earned, row.spent, row.refused].map { Written.count($0) }
                    + [row.expiresOn ?? ""])
        }
        return table.text
    }

    private static func step(_ change: Transition) -> String {
        guard let to = change.to else { return "leaves \(change.from ?? "")" }
        return (change.from.map { "\($0) → " } ?? "") + to
    }

    private var transitionTable: String {
        var table = TextTable([("newest changes", .left), ("of", .left), ("to", .left), ("because of", .left)])
        for change in transitions {
            table.append([
                Written.instant(change.at), change.dimension, Self.step(change), change.cause,
            ])
        }
        return table.text
    }

    /// Name, value and meaning beside each other; a long meaning goes on below itself.
    private static func columns(_ name: String, _ value: String, _ meaning: String) -> [String] {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - TextTable.width(text)))
        }
        let parts = wrapped(meaning, width: 68)
        let first = "  \(padded(name, 23)) \(padded(value, 24)) \(parts.first ?? "")"
        return [String(first.reversed().drop { $0 == " " }.reversed())]
            + parts.dropFirst().map { String(repeating: " ", count: 51) + $0 }
    }

    /// Lines of whole words, of `width` characters where words allow.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        text.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    var json: JSON {
        func instant(_ value: Int64) -> JSON { .text(Written.isoInstant(value)) }
        var fields: [JSON.Field] = [
            .init(name: "customer_id", value: .text(customer)), .init(name: "asked", value: .text(asked)),
            .init(name: "identities", value: .list(identities.map { .text($0) })),
        ]
        fields += lines.map { .init(name: $0.name, value: $0.json) }
        fields += [
            .init(name: "state_bytes", value: .optional(stateBytes) { .integer($0) }),
            .init(
                name: "events",
                value: .list(
                    events.map {
                        .fields([
                            "at": instant($0.at), "type": .text($0.type), "channel": .text($0.channel),
                            "item": $0.item.isEmpty ? .null : .text($0.item),
                            "amount": .optional($0.amount) { .integer($0) },
                        ])
                    })),
            .init(
                name: "points",
                value: .list(
                    points.map {
                        .fields([
                            "day": .text($0.day), "rule": .text($0.rule), "kind": .text($0.kind),
                            "earned": .integer($0.earned), "spent": .integer($0.spent),
                            "refused": .integer($0.refused), "expires_on": .optional($0.expiresOn) { .text($0) },
                        ])
                    })),
            .init(
                name: "transitions",
                value: .list(
                    transitions.map {
                        .fields([
                            "at": instant($0.at), "dimension": .text($0.dimension),
                            "from": .optional($0.from) { .text($0) }, "to": .optional($0.to) { .text($0) },
                            "cause": .text($0.cause),
                        ])
                    })),
        ]
        return .object(fields)
    }
}
