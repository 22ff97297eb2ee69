import Interactions
import Profiles
import Scoring
import Segments

/// Conditions that ask for what `RandomHistory` makes, near the bounds it reaches.
package struct RandomSegments {
    package var random: SplitMix
    private static let day: Int64 = 86_400_000

    /// Whether documents can say it: their lengths are whole seconds.
    private let isWritable: Bool

    package init(_ random: SplitMix, isWritable: Bool = false) {
        self.random = random
        self.isWritable = isWritable
    }

    /// Segments that may name those before them.
    package mutating func segments(_ count: Int) -> [Segment] {
        var segments: [Segment] = []
        for number in 0..<count {
            let condition = condition(depth: random.below(4), known: segments.map(\.id))
            segments.append(Segment(id: "s\(number)", name: "", condition: condition))
        }
        return random.shuffled(segments)
    }

    package mutating func condition(depth: Int, known: [String] = []) -> Condition {
        if depth > 0 {
            let children = (0..<1 + random.below(3)).map { _ in condition(depth: depth - 1, known: known) }
            switch random.below(3) {
            case 0: return .all(children)
            case 1: return .any(children)
            default: return .not(children[0])
            }
        }
        if !known.isEmpty, random.chance(10) { return .segment(random.one(of: known)) }
        return leaf()
    }

    package mutating func leaf() -> Condition {
        switch random.below(12) {
        case 0...3: return .measure(measure(), bounds(random.one(of: [1, 2, 3, 5, 9])))
        case 4:
            var (of, to) = (measure(), measure())
            for side in [\Measure.kind] { (of[keyPath: side], to[keyPath: side]) = (.count, .count) }
            return .ratio(of, to, Bounds(atLeast: random.one(of: [0.3, 0.5, 1, 2])))
        case 5, 6:
            let steps = (0..<2 + random.below(3)).map { _ in filter() }
            return .sequence(steps, gap: random.chance(50) ? length() : nil, window())
        case 7: return .absent(after: filter(), then: filter(), longerThan: length())
        case 8:
            let (a, b) = (length(), length())
            switch random.below(3) {
            case 0: return .last(filter(), olderThan: a, newerThan: nil)
            case 1: return .last(filter(), olderThan: nil, newerThan: a)
            default: return .last(filter(), olderThan: min(a, b), newerThan: max(a, b) + 1000)
            }
        case 9: return score()
        case 10: return standing()
        default: return fact()
        }
    }

    package mutating func measure() -> Measure {
        let kind: Measure.Kind = random.one(of: [
            .count, .count, .count, .amount, .quantity, .distinctDays, .distinct(.brand), .distinct(.channel),
        ])
        let window = window()
        var filter = filter()
        if case .days = window { filter.restrictions = [] }
        return Measure(kind, filter, window)
    }

    package mutating func filter() -> EventFilter {
        let favourites: [EventType] = [
            .purchase, .purchase, .refund, .follow, .view, .review, .like, .addToCart, .pointsAdjust,
        ]
        var types = EventTypeSet([random.one(of: favourites)])
        if random.chance(30) { types = EventType.family(random.one(of: [.browse, .social, .content, .trade])) }
        var filter = EventFilter(types)
        if random.chance(15) { filter.restrictions.append(.text(.channel, ["web", "app"])) }
        if random.chance(10) { filter.restrictions.append(.text(.brand, ["b1", "b2", "b3", "b9"])) }
        if random.chance(10) { filter.restrictions.append(.rating(.within(Bounds(atMost: 399)))) }
        if random.chance(10) { filter.restrictions.append(.amount(.within(Bounds(atLeast: 100, atMost: 9_000)))) }
        return filter
    }

    private mutating func length() -> Int64 {
        random.one(of: [
            isWritable ? 1000 : 1, 60_000, 3_600_000, Self.day, 3 * Self.day, 30 * Self.day, 90 * Self.day,
            400 * Self.day,
        ])
    }

    private mutating func window() -> Window {
        switch random.below(5) {
        case 0: .ever
        case 1, 2: .within(length())
        case 3: .days(random.one(of: [1, 2, 7, 30, 90, 365]))
        default:
            .between(
                RandomHistory.origin - Int64(3 + random.below(400)) * Self.day,
                RandomHistory.origin - Int64(random.below(3)) * Self.day)
        }
    }

    private mutating func bounds(_ near: Int64) -> Bounds<Int64> {
        switch random.below(4) {
        case 0: Bounds(atMost: near)
        case 1: .exactly(near)
        case 2: Bounds(atLeast: near, atMost: near + 2)
        default: Bounds(atLeast: near)
        }
    }

    private mutating func score() -> Condition {
        let score = random.one(of: Score.all)
        if random.chance(30) {
            return .percentile(score, Share(isTop: random.chance(50), permille: random.one(of: [50, 200, 500])))
        }
        let near = random.one(of: [0.37, 1.37, 4.37, 12.37, 37.37, 49.37, 50.37, 62.37, 90.37])
        switch random.below(3) {
        case 0: return .score(score, Bounds(atLeast: near))
        case 1: return .score(score, Bounds(atMost: near))
        default: return .score(score, Bounds(atLeast: near, atMost: near * 1.5))
        }
    }

    private mutating func standing() -> Condition {
        let ladder = random.one(of: Standing.Ladder.allCases)
        let count = [6, 9, 4, 3, 5][Standing.Ladder.allCases.firstIndex(of: ladder)!]
        return .standing(Standing(ladder, rungs: UInt16(1 + random.below(1 << count - 1))))
    }

    private mutating func fact() -> Condition {
        if random.chance(50) { return .tag("t\(random.below(4))", exists: random.chance(70)) }
        let name = "a\(random.below(4))"
        switch random.below(4) {
        case 0: return .attribute(name, .exists)
        case 1: return .attribute(name, .absent)
        case 2: return .attribute(name, .oneOf([.number(Double(random.below(9))), .text("x"), .boolean(true)]))
        default: return .attribute(name, .number(Bounds(atLeast: Double(random.below(9)))))
        }
    }
}
