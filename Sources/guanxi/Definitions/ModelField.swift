import Interactions
import Scoring

/// One number of the scoring model's document: where it stands, what it may be, what it is for.
struct ModelField: Sendable {
    enum Target: Sendable {
        case number(any WritableKeyPath<ScoringModel, Double> & Sendable, ClosedRange<Double>)
        case integer(any WritableKeyPath<ScoringModel, Int> & Sendable, ClosedRange<Int>)
        /// A tier's threshold: currency units, or points.
        case threshold(any WritableKeyPath<ScoringModel, Int64> & Sendable)
        case basis
        /// A weight by event type, which must be of the set.
        case weights(any WritableKeyPath<ScoringModel, [Double]> & Sendable, EventTypeSet)
        case channels
        case points
    }

    /// `section.name`.
    let key: String
    let target: Target
    let meaning: String

    /// All there are, in the order of the document. The document, its messages and its page are made from this list.
    static let all: [ModelField] = [
        ModelField("engagement.half_life_days", .number(\.engagementHalfLife, days), "days in which a contact halves"),
        ModelField("engagement.scale", .number(\.engagementScale, positive), "sum at which engagement reaches 63"),
        ModelField(
            "engagement.weights", .weights(\.weights, EventType.inboundSet), "weight of each inbound type; 0 is none"),
        ModelField("engagement.channels", .channels, "factor on the weight by channel; 1 where none is named"),
        ModelField("activity.days", .integer(\.activityDays, 1...400), "calendar days of activity"),
        ModelField("strength.recency", .number(\.strength.recency, share), "weight of recency; the five add up to 1"),
        ModelField("strength.frequency", .number(\.strength.frequency, share), "weight of frequency"),
        ModelField("strength.reciprocity", .number(\.strength.reciprocity, share), "weight of reciprocity"),
        ModelField("strength.breadth", .number(\.strength.breadth, share), "weight of breadth"),
        ModelField("strength.depth", .number(\.strength.depth, share), "weight of depth"),
        ModelField("strength.half_life_days", .number(\.strength.halfLife, days), "days in which recency halves"),
        ModelField("strength.days", .integer(\.strength.days, 1...400), "days of frequency, breadth and depth"),
        ModelField(
            "strength.frequency_scale", .number(\.strength.frequencyScale, positive),
            "active days at which frequency reaches 63 %"),
        ModelField(
            "strength.content_scale", .number(\.strength.contentScale, positive),
            "content events at which depth reaches 63 %"),
        ModelField("strength.families", .number(\.strength.families, 1...11), "families that make breadth full"),
        ModelField(
            "trust.half_life_days", .number(\.trustHalfLife, days), "days in which signals and ratings halve"),
        ModelField("responsiveness.days", .integer(\.askDays, 1...3650), "days in which an ask counts"),
        ModelField("advocacy.half_life_days", .number(\.advocacyHalfLife, days), "days in which advocacy halves"),
        ModelField("advocacy.scale", .number(\.advocacyScale, positive), "sum at which advocacy reaches 63"),
        ModelField(
            "advocacy.weights", .weights(\.advocacyWeights, advocating), "weight of each type; 0 is none"),
        ModelField("influence.half_life_days", .number(\.influenceHalfLife, days), "days in which referrals halve"),
        ModelField("tastes.half_life_days", .number(\.tasteHalfLife, days), "days in which tastes halve"),
        ModelField("value.days", .integer(\.valueDays, 1...3650), "calendar days of RFM, contribution and tier"),
        ModelField(
            "value.lifetime_months", .integer(\.lifetime.months, 1...LifetimeModel.mostMonths),
            "months that customer lifetime value looks ahead"),
        ModelField(
            "value.lifetime_discount", .number(\.lifetime.discount, share),
            "what a month takes off the worth of what is to come"),
        ModelField(
            "lifecycle.fresh_days", .integer(\.lifecycle.freshDays, 1...3650), "up to here a stage is new or a prospect"
        ),
        ModelField("lifecycle.active_days", .integer(\.lifecycle.activeDays, 1...3650), "up to here a buyer is active"),
        ModelField("lifecycle.lapsed_days", .integer(\.lifecycle.lapsedDays, 1...3650), "from here a buyer has lapsed"),
        ModelField(
            "lifecycle.loyal_purchases", .integer(\.lifecycle.loyalPurchases, 1...1000),
            "purchases that make a buyer loyal"),
        ModelField("tier.by", .basis, "what earns a tier: spend or points"),
        ModelField("tier.silver", .threshold(\.tiers.silver), "currency units (or points) from which it is silver"),
        ModelField("tier.gold", .threshold(\.tiers.gold), "from which it is gold"),
        ModelField("tier.platinum", .threshold(\.tiers.platinum), "from which it is platinum"),
        ModelField("points.expire_days", .integer(\.pointsLife, 1...3650), "days after which points are gone"),
        ModelField("points.rules", .points, "how each type earns"),
    ]

    private static let days = 0.01...36_500
    private static let positive = 1e-6...1e9
    private static let share = 0.0...1.0
    /// Anything that happened; what is written by the fold itself speaks in other scores.
    private static let advocating = EventTypeSet(
        EventType.allCases.filter { $0.isTimeline && $0 != .referralConverted })

    private init(_ key: String, _ target: Target, _ meaning: String) {
        self.key = key
        self.target = target
        self.meaning = meaning
    }

    var section: String { String(key.prefix { $0 != "." }) }
    var name: String { String(key.drop { $0 != "." }.dropFirst()) }

    static let sections: [String] = all.reduce(into: []) { if !$0.contains($1.section) { $0.append($1.section) } }
}
