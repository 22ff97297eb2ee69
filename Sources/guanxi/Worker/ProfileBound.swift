import Interactions
import Profiles

/// The most bytes a stored profile can have (law 6): the sum of every list's limit times its largest entry.
///
/// An upper bound, not an estimate: strings are counted as if none were shared, and integers at their longest.
enum ProfileBound {
    /// Longest dimension or id of an event, and its length as a varint.
    private static let dimension = 128 + 2
    private static let channel = 32 + 1
    /// Longest text of an attribute.
    private static let attribute = 1024 + 2
    private static let identity = Identity.maximumBytes + 2
    /// Longest varint of 64 bits, of a string's number, and of a day or month.
    private static let integer = 10
    private static let reference = 3
    private static let bucket = 5
    /// A moment: time and hash.
    private static let moment = integer + 8

    static func bytes(_ rules: FoldRules) -> Int {
        let types = EventType.allCases.filter(\.isTimeline)
        let entries = types.reduce(0) { $0 + rules.keep($1) }
        let limits = rules.limits

        // Time, hash, mask, eleven strings, amount, quantity, rating, sentiment, duration; then the strings themselves:
        // item, category, brand, campaign, city, order, coupon and ask, the channel, and the referrer.
        let entry = integer + 8 + 3 + 11 * reference + integer + 5 + 3 + 3 + integer
        let entryStrings = 8 * dimension + channel + identity
        let timeline = entries * (entry + entryStrings) + types.count * (1 + 5) + 1

        let departures = types.count * (1 + 3 * (integer + 1))
        let row = bucket + 1 + 2 + 9 * integer
        let dayTable = (DayTable.days + DayTable.months + 1) * types.count * row
        let purchases = limits.purchaseDays * (bucket + 2 * integer) + 9 * integer
        let orders = limits.orders * (reference + 1 + 3 * integer + dimension)

        let points = limits.pointsDays * (bucket + 1 + 2 * integer) + limits.pointsMoves * (1 + moment + integer)

        let facts = limits.channels * Fact.allCases.count * (1 + reference + moment + channel)
        let tags = limits.tags * (reference + moment + 1 + dimension)
        let attributes = limits.attributes * (reference + moment + 1 + 8 + dimension + attribute)
        let links = limits.links * (2 * reference + 1 + moment + 2 * identity)
        let identities = limits.identities * (reference + 1 + integer + identity)
        let retractions = limits.retractions * (8 + moment)

        // Version, newest, dropped, section mask, and a count for each list.
        let frame = 1 + 2 * integer + 2 + 18 * 5
        return frame + timeline + departures + dayTable + purchases + orders + points + facts + tags + attributes
            + links + identities + retractions
    }
}
