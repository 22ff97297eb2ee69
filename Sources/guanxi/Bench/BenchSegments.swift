/// A document of as many segments as wanted: a mix of what shops ask for, each with types, windows and bounds of its
/// own.
enum BenchSegments {
    static func text(_ count: Int) -> String {
        let types = [
            "view", "search", "favorite", "add_to_cart", "like", "share", "follow", "check_in", "comment",
            "coupon_claim",
            "purchase", "review", "ask", "lottery", "vote",
        ]
        let categories = ["c1", "c2", "c3", "c4", "c5"]
        var lines = ["segments:"]
        for number in 0..<count {
            let (kind, variation) = (number % 10, number / 10)
            func pick(_ list: [String], _ offset: Int = 0) -> String { list[(variation + offset) % list.count] }
            let (type, other) = (pick(types, kind), pick(types, kind + 4))
            let (days, most) = (1 + (variation * 7 + kind) % 60, 1 + variation % 6)
            let condition =
                switch kind {
                case 0: "count: {type: \(type), within: \(days)d, at_least: \(most)}"
                case 1:
                    "all: [{count: {type: \(type), within: \(days)d, at_least: 1}}, "
                        + "{not: {count: {type: purchase, within: \(days)d, at_least: 1}}}]"
                case 2: "absent: {after: {type: \(type)}, then: {type: \(other)}, for: \(days)d}"
                case 3: "last: {type: \(type), older_than: \(days)d, newer_than: \(days + 30)d}"
                case 4: "distinct: {of: item, type: \(type), within: \(days)d, at_least: \(most)}"
                case 5: "sum: {of: amount, type: purchase, within: \(days)d, at_least: \(most * 50)}"
                case 6: "sequence: {steps: [{type: \(type)}, {type: \(other)}], within: \(days)d}"
                case 7:
                    "all: [{level: {at_least: \(pick(["interactor", "fan", "friend", "customer"]))}}, "
                        + "{last: {type: \(type), older_than: \(days)d}}]"
                case 8: "all: [{score: {name: purchases, at_least: 1}}, {score: {name: activity, at_most: \(most)}}]"
                default:
                    "count: {type: \(type), where: {category: \(pick(categories))}, within: \(days)d, "
                        + "at_least: \(most)}"
                }
            lines.append("  - {id: s\(number), when: {\(condition)}}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
