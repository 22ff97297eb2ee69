import Interactions
import Scoring
import Segments

/// How one condition of the segment language is written: its keys, what each takes, what it means.
///
/// The reader, the JSON Schema of editors and the page of the language are made from this list.
struct ConditionForm: Sendable {
    /// What a key takes.
    enum Value: Sendable {
        case types, families, restrictions, duration, days, instant, promotion, whole, decimal, boolean, text, share
        case score, value, values, filter, filters, measure
    }

    struct Key: Sendable {
        let name: String
        let value: Value
        let meaning: String
    }

    let name: String
    let keys: [Key]
    let meaning: String
    let example: String

    static let filter = [
        Key(name: "type", value: .types, meaning: "an event type, or a list of them"),
        Key(name: "family", value: .families, meaning: "a family of types, or a list; instead of `type`"),
        Key(name: "where", value: .restrictions, meaning: "what the fields of the event must be"),
    ]
    static let window = [
        Key(name: "within", value: .duration, meaning: "age below so much, to the millisecond"),
        Key(name: "days", value: .days, meaning: "the last N calendar days, today included; without `where`"),
        Key(name: "since", value: .instant, meaning: "from this instant on"),
        Key(name: "until", value: .instant, meaning: "before this instant"),
        Key(name: "campaign", value: .promotion, meaning: "while the promotion of this id ran"),
    ]
    static let bounds = [
        Key(name: "at_least", value: .decimal, meaning: "not less than"),
        Key(name: "at_most", value: .decimal, meaning: "not more than"),
        Key(name: "exactly", value: .decimal, meaning: "as much as; alone"),
    ]
    static let of = Key(name: "of", value: .text, meaning: "what is added up or told apart")
    static let sums = ["amount", "quantity", "duration_s"]
    static let dimensions = ["item", "category", "brand", "channel", "day"]

    static let all: [ConditionForm] =
        [
            ConditionForm(
                name: "all", keys: [], meaning: "every condition of the list is true", example: "all: [{…}, {…}]"),
            ConditionForm(name: "any", keys: [], meaning: "one of the list is true", example: "any: [{…}, {…}]"),
            ConditionForm(name: "not", keys: [], meaning: "the condition is false", example: "not: {…}"),
            ConditionForm(
                name: "count", keys: filter + window + bounds, meaning: "the number of matching events is so",
                example: "count: {type: add_to_cart, within: 3d, at_least: 2}"),
            ConditionForm(
                name: "sum", keys: filter + [of] + window + bounds,
                meaning: "the sum is so: `amount` (currency units; purchases net of refunds), `quantity`, `duration_s`",
                example: "sum: {type: purchase, of: amount, days: 30, at_least: 500}"),
            ConditionForm(
                name: "distinct", keys: filter + [of] + window + bounds,
                meaning: "the number of different values is so: `item`, `category`, `brand`, `channel`, `day`",
                example: "distinct: {type: purchase, of: category, within: 180d, at_least: 3}"),
            ConditionForm(
                name: "ratio",
                keys: [
                    Key(name: "of", value: .measure, meaning: "a `count` or `sum` without bounds"),
                    Key(name: "to", value: .measure, meaning: "another; false when it is 0"),
                    bounds[0], bounds[1],
                ], meaning: "the first divided by the second is so",
                example: "ratio: {of: {count: {type: coupon_redeem}}, to: {count: {type: purchase}}, at_least: 0.8}"),
            ConditionForm(
                name: "sequence",
                keys: [
                    Key(name: "steps", value: .filters, meaning: "two to five event filters"),
                    Key(name: "gap", value: .duration, meaning: "most time between two steps"),
                ] + window, meaning: "the steps occur in that order, each later than the one before",
                example:
                    "sequence: {steps: [{type: view}, {type: add_to_cart}, {type: purchase}], gap: 1d, within: 30d}"),
            ConditionForm(
                name: "absent",
                keys: [
                    Key(
                        name: "after", value: .filter, meaning: "the event that is waited from, the newest that matches"
                    ),
                    Key(name: "then", value: .filter, meaning: "what did not come"),
                    Key(name: "for", value: .duration, meaning: "how long"),
                ], meaning: "after the newest `after`, no `then` came for that long",
                example: "absent: {after: {type: coupon_claim}, then: {type: purchase}, for: 7d}"),
            ConditionForm(
                name: "last",
                keys: filter + [
                    Key(name: "older_than", value: .duration, meaning: "at least so old"),
                    Key(name: "newer_than", value: .duration, meaning: "less than so old"),
                ], meaning: "the newest match is so old; false if none",
                example: "last: {type: purchase, older_than: 60d, newer_than: 90d}"),
            ConditionForm(
                name: "score",
                keys: [
                    Key(name: "name", value: .score, meaning: "a score, by its column of `profile`"), bounds[0],
                    bounds[1],
                ],
                meaning: "the score is so, money in currency units; NULL is false",
                example: "score: {name: trust, at_most: 40}"),
            ConditionForm(
                name: "percentile",
                keys: [
                    Key(name: "score", value: .score, meaning: "a score, by its column of `profile`"),
                    Key(name: "top", value: .share, meaning: "among so many percent with the most"),
                    Key(name: "bottom", value: .share, meaning: "among so many percent with the least"),
                ], meaning: "above (or not above) the cut-off of the calibration in force",
                example: "percentile: {score: advocacy, top: 5%}"),
        ]
        + Standing.Ladder.allCases.map { ladder in
            ConditionForm(
                name: ladder.rawValue, keys: [],
                meaning: ladder == .lifecycle
                    ? "the stage is one of a list" : "is one of a list, or `{at_least: …}`",
                example: "\(ladder.rawValue): [\(ladder.names.suffix(2).joined(separator: ", "))]")
        } + [
            ConditionForm(
                name: "tag",
                keys: [
                    Key(name: "name", value: .text, meaning: "the tag"),
                    Key(name: "exists", value: .boolean, meaning: "true (default): has it; false: has it not"),
                ], meaning: "the person has the tag", example: "tag: {name: vip}"),
            ConditionForm(
                name: "attribute",
                keys: [
                    Key(name: "name", value: .text, meaning: "the attribute"),
                    Key(name: "is", value: .value, meaning: "equal, of the same type"),
                    Key(name: "in", value: .values, meaning: "equal to one of a list"),
                    Key(name: "exists", value: .boolean, meaning: "whether there is one"),
                    bounds[0], bounds[1],
                ], meaning: "the attribute is so; one that is missing is only `exists: false`",
                example: "attribute: {name: city_tier, in: [1, 2]}"),
            ConditionForm(
                name: "segment", keys: [], meaning: "member of the segment with this id; no cycles",
                example: "segment: cart_not_bought"),
        ]

    static func named(_ name: String) -> ConditionForm? { all.first { $0.name == name } }
}

extension Standing.Ladder {
    /// The rungs in order, by raw value.
    var names: [String] {
        switch self {
        case .level: Level.names
        case .lifecycle: Lifecycle.names
        case .tier: Tier.names
        case .connection: Connection.names
        case .grade: Grade.names
        }
    }

    /// Whether the rungs stand one above the other.
    var isOrdered: Bool { self != .lifecycle }
}
