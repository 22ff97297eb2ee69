import Interactions
import Profiles
import Scoring
import Segments

/// The segment language as a JSON Schema (draft 2020-12), for editors, and as tables, for people.
enum SegmentSchema {
    static var schema: JSON {
        .fields([
            "$schema": .text("https://json-schema.org/draft/2020-12/schema"),
            "title": .text("Guanxi definitions: segments and promotions"),
            "type": .text("object"),
            "additionalProperties": .boolean(false),
            "properties": .fields([
                "promotions": .fields([
                    "type": .text("array"),
                    "items": object(
                        ["id": identifier, "name": text, "from": instant, "until": instant],
                        required: ["id", "from", "until"]),
                ]),
                "segments": .fields([
                    "type": .text("array"), "maxItems": .integer(Segment.most),
                    "items": object(
                        ["id": identifier, "name": text, "when": reference("condition")], required: ["id", "when"]),
                ]),
            ]),
            "$defs": .fields([
                "condition": .fields([
                    "type": .text("object"), "minProperties": .integer(1), "maxProperties": .integer(1),
                    "additionalProperties": .boolean(false),
                    "properties": .object(ConditionForm.all.map { .init(name: $0.name, value: form($0)) }),
                ]),
                "filter": .fields([
                    "type": .text("object"), "additionalProperties": .boolean(false),
                    "properties": properties(ConditionForm.filter),
                ]),
                "measure": .fields([
                    "type": .text("object"), "maxProperties": .integer(1), "additionalProperties": .boolean(false),
                    "properties": .fields([
                        "count": .fields([
                            "type": .text("object"), "additionalProperties": .boolean(false),
                            "properties": properties(ConditionForm.filter + ConditionForm.window),
                        ]),
                        "sum": .fields([
                            "type": .text("object"), "additionalProperties": .boolean(false),
                            "properties": properties(ConditionForm.filter + [ConditionForm.of] + ConditionForm.window),
                        ]),
                    ]),
                ]),
            ]),
        ])
    }

    private static func form(_ form: ConditionForm) -> JSON {
        switch form.name {
        case "all", "any":
            return described(
                form.meaning,
                ["type": .text("array"), "minItems": .integer(1), "items": reference("condition")])
        case "not": return reference("condition")
        case "segment": return identifier
        default:
            if let ladder = Standing.Ladder(rawValue: form.name) {
                let rung = JSON.fields(["enum": .list(ladder.names.map { .text($0) })])
                var accepted: [JSON] = [
                    rung, .fields(["type": .text("array"), "minItems": .integer(1), "items": rung]),
                ]
                if ladder.isOrdered { accepted.append(object(["at_least": rung], required: ["at_least"])) }
                return described(form.meaning, ["anyOf": .list(accepted)])
            }
            return described(
                form.meaning,
                [
                    "type": .text("object"), "additionalProperties": .boolean(false),
                    "properties": properties(form.keys, of: form.name),
                ])
        }
    }

    private static func properties(_ keys: [ConditionForm.Key], of form: String = "") -> JSON {
        .object(
            keys.map { key in
                let values = key.name == "of" && key.value.isText ? of(form) : value(key.value)
                return .init(name: key.name, value: described(key.meaning, values))
            })
    }

    private static func of(_ form: String) -> KeyValuePairs<String, JSON> {
        ["enum": .list((form == "distinct" ? ConditionForm.dimensions : ConditionForm.sums).map { .text($0) })]
    }

    private static func value(_ value: ConditionForm.Value) -> KeyValuePairs<String, JSON> {
        switch value {
        case .types: return oneOrMore(EventType.catalogue.filter { $0.type.isTimeline }.flatMap(\.names))
        case .families:
            return oneOrMore(Family.allCases.filter { $0 != .identity && $0 != .record }.map { "\($0)" })
        case .restrictions:
            let bounds = object([
                "at_least": .fields(["type": .text("number")]), "at_most": .fields(["type": .text("number")]),
            ])
            let number = JSON.fields([
                "anyOf": .list([
                    .fields(["type": .text("number")]),
                    .fields(["type": .text("array"), "items": .fields(["type": .text("number")])]), bounds,
                ])
            ])
            let names = JSON.fields([
                "anyOf": .list([
                    .fields(["type": .list([.text("string"), .text("number")])]),
                    .fields([
                        "type": .text("array"), "items": .fields(["type": .list([.text("string"), .text("number")])]),
                    ]),
                ])
            ])
            let fields = Dimension.allCases.map { JSON.Field(name: $0.rawValue, value: names) }
            return [
                "type": .text("object"), "additionalProperties": .boolean(false),
                "properties": .object(
                    fields + [.init(name: "rating", value: number), .init(name: "amount", value: number)]),
            ]
        case .duration: return ["type": .text("string"), "pattern": .text("^[0-9]+[smhdw]$")]
        case .days:
            return ["type": .text("integer"), "minimum": .integer(1), "maximum": .integer(DayTable.days)]
        case .instant: return ["type": .text("string"), "format": .text("date-time")]
        case .promotion: return ["type": .text("string"), "pattern": .text(pattern)]
        case .whole: return ["type": .text("integer")]
        case .decimal: return ["type": .text("number")]
        case .boolean: return ["type": .text("boolean")]
        case .text: return ["type": .text("string")]
        case .share: return ["type": .text("string"), "pattern": .text("^[0-9]{1,2}([.][0-9])?%$")]
        case .score: return ["enum": .list(Score.all.map { .text($0.name) })]
        case .value: return ["type": .list(["string", "number", "boolean"].map { .text($0) })]
        case .values: return ["type": .text("array"), "minItems": .integer(1)]
        case .filter: return ["$ref": .text("#/$defs/filter")]
        case .filters:
            return [
                "type": .text("array"), "minItems": .integer(2), "maxItems": .integer(5), "items": reference("filter"),
            ]
        case .measure: return ["$ref": .text("#/$defs/measure")]
        }
    }

    private static func oneOrMore(_ names: [String]) -> KeyValuePairs<String, JSON> {
        let name = JSON.fields(["enum": .list(names.map { .text($0) })])
        return ["anyOf": .list([name, .fields(["type": .text("array"), "minItems": .integer(1), "items": name])])]
    }

    private static func described(_ meaning: String, _ fields: KeyValuePairs<String, JSON>) -> JSON {
        .object(
            [.init(name: "description", value: .text(meaning))] + fields.map { .init(name: $0.key, value: $0.value) })
    }

    private static func object(_ fields: KeyValuePairs<String, JSON>, required: [String] = []) -> JSON {
        .fields([
            "type": .text("object"), "additionalProperties": .boolean(false),
            "properties": .object(fields.map { .init(name: $0.key, value: $0.value) }),
            "required": .list(required.map { .text($0) }),
        ])
    }

    private static let pattern = "^[a-z0-9_]{1,\(Segment.longestID)}$"
    private static let identifier = JSON.fields(["type": .text("string"), "pattern": .text(pattern)])
    private static let text = JSON.fields(["type": .text("string")])
    private static let instant = JSON.fields(["type": .text("string"), "format": .text("date-time")])
    private static func reference(_ name: String) -> JSON { .fields(["$ref": .text("#/$defs/\(name)")]) }

    // MARK: - For people

    /// The whole language in Markdown: what `guanxi definitions forms` prints and `docs/segments.md` holds.
    static var reference: String {
        func table(_ head: [String], _ rows: [[String]]) -> String {
            ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }
                .joined(separator: "\n")
        }
        let conditions = table(
            ["condition", "true when", "example"],
            ConditionForm.all.map { ["`\($0.name)`", $0.meaning, "`\($0.example)`"] })
        let groups = [
            ("filters", ConditionForm.filter), ("windows", ConditionForm.window), ("bounds", ConditionForm.bounds),
        ]
        let keys = table(
            ["key", "takes", "belongs to"],
            groups.flatMap { place, keys in keys.map { ["`\($0.name)`", $0.meaning, place] } })
        let families = Family.allCases.filter { $0 != .identity && $0 != .record }
        let types = table(
            ["family", "types"],
            families.map { family in
                let types = EventType.catalogue.filter { $0.family == family && $0.type.isTimeline }
                return ["`\(family)`", types.map { $0.names.joined(separator: " ") }.joined(separator: ", ")]
            })
        let scores = table(
            ["score", "with no event"],
            Score.all.map { ["`\($0.name)`" + ($0.isMoney ? " (currency units)" : ""), $0.drift.text] })
        return [conditions, keys, scores, types].joined(separator: "\n\n")
    }
}

extension Score.Drift {
    fileprivate var text: String {
        switch self {
        case .none: "stays"
        case .falls, .fallsAtMidnight: "falls"
        case .risesAtMidnight: "rises"
        case .settles: "goes towards 50"
        case .turnsAtMidnight: "may turn at a local midnight"
        case .turns: "may turn at any instant"
        }
    }
}

extension ConditionForm.Value {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}
