import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// What may not depend on what: no amount moves a relationship score, and nothing but purchases moves a value score.
@Suite struct IndependenceTests {
    /// The scores of the relationship that no amount may move: all but contribution, which is money.
    static let relationship = [
        "engagementSum", "engagement", "activity", "relationshipStrength", "positiveSum", "negativeSum", "trust",
        "satisfaction", "satisfactionPre", "satisfactionDuring", "satisfactionPost", "responsiveness", "advocacySum",
        "advocacy", "influence",
    ]
    /// Those that no purchase moves: as a contact a purchase is engagement and activity, and a repeat purchase a good
    /// sign.
    static let apartFromTrade = [
        "relationshipStrength", "negativeSum", "satisfaction", "satisfactionPre", "satisfactionDuring",
        "satisfactionPost", "responsiveness", "advocacySum", "advocacy", "influence",
    ]
    static let value = [
        "recency", "frequency", "monetary", "rfm", "purchases", "netSpend", "repeatDays", "recencyDays", "tenureDays",
        "pAlive", "expectedPurchases", "expectedOrderValue", "lifetimeValue", "lastPurchaseKind", "tier",
        "couponShare", "averageOrder", "novelty", "firstPurchase", "lastPurchase",
    ]

    /// The same history twice, one time changed.
    struct Pair: Sendable {
        let seed: UInt64, before: Evaluation, after: Evaluation, changed: [Event]

        init(_ seed: UInt64, _ change: (inout [Event], inout SplitMix) -> [Event]) {
            self.seed = seed
            var history = RandomHistory(seed: seed)
            let events = history.events(60)
            var after = events
            changed = change(&after, &history.random)
            self.before = Self.evaluate(events)
            self.after = Self.evaluate(after)
        }

        static func evaluate(_ events: [Event]) -> Evaluation {
            var calibration = Calibration()
            calibration.rfm = RFMCutoffs(
                recency: [30, 60, 90, 120], frequency: [1, 2, 3, 4], monetary: [2000, 9000, 20_000, 90_000])
            calibration.repeatBuying = .modified
            calibration.orderValue = .paper
            return Evaluation(
                Profile(of: events), at: RandomHistory.origin, model: .standard, calibration: calibration,
                calendar: .utc)
        }

        func moved(_ name: String) -> [String] {
            after.differences(from: before).filter { $0.hasPrefix(name + " is ") }
        }
    }

    static let seeds = Seeds.all(40)

    /// Every amount multiplied: a refund in part stays one, a refund in whole too. What is no purchase gets any amount.
    static let dearer = seeds.map { seed in
        Pair(seed) { events, random in
            let factor = Int64(2 + random.below(1000))
            for index in events.indices {
                if [.purchase, .refund].contains(events[index].type) {
                    events[index].amount = events[index].amount.map { $0 * factor }
                } else {
                    events[index].amount = Int64(random.below(100_000_000_000))
                }
            }
            return []
        }
    }

    static func added(_ events: inout [Event], _ random: inout SplitMix, _ types: [EventType]) -> [Event] {
        let new = (0..<12).map { number in
            var event = Event("new\(number)", random.one(of: types), at: RandomHistory.origin)
            event.at -= Int64(random.below(500)) * 86_400_000 + Int64(random.below(86_400_000))
            event.amount = Int64(random.below(1_000_000))
            (event.brand, event.coupon, event.quantity) = ("new", "new", 1)
            return event
        }
        events = random.shuffled(events + new)
        return new
    }

    static let boughtMore = seeds.map { Pair($0) { added(&$0, &$1, [.purchase]) } }

    static let others = EventType.allCases.filter {
        $0.isTimeline && ![.purchase, .refund, .referralConverted].contains($0)
    }
    static let didMore = seeds.map { seed in
        Pair(seed) { events, random in
            let new = added(&events, &random, others)
            for index in events.indices where events[index].id.hasPrefix("new") {
                (events[index].rating, events[index].sentiment) = (random.chance(50) ? 500 : 100, 900)
                (events[index].order, events[index].ask) = ("o1", "a1")
            }
            return new
        }
    }

    @Test func everyNameIsAFigure() {
        let names = Set(Mirror(reflecting: Evaluation()).children.compactMap(\.label))
        #expect(names.isSuperset(of: Self.relationship + Self.value))
    }

    /// Or nothing would be shown by what does not move.
    @Test(.enabled(if: seeds.count > 1)) func theOtherScoresDoMove() {
        #expect(Self.dearer.contains { $0.before.monetary != $0.after.monetary })
        #expect(Self.boughtMore.allSatisfy { $0.before.netSpend != $0.after.netSpend })
        #expect(Self.didMore.contains { $0.before.trust != $0.after.trust })
    }

    @Test(arguments: relationship) func noAmountMoves(_ score: String) {
        for pair in Self.dearer { #expect(pair.moved(score).isEmpty, "seed \(pair.seed)") }
    }

    @Test(arguments: apartFromTrade) func noPurchaseMoves(_ score: String) {
        for pair in Self.boughtMore { #expect(pair.moved(score).isEmpty, "seed \(pair.seed)") }
    }

    /// Ten, whatever was paid, halved every fourteen days.
    @Test func purchasesEngageAlike() {
        for pair in Self.boughtMore {
            let ages = pair.changed.map { Double(RandomHistory.origin - $0.at) / 86_400_000 }
            let sum = ages.reduce(pair.before.engagementSum) { $0 + 10 * decay($1, 14) }
            #expect(agree(pair.after.engagementSum, sum), "seed \(pair.seed)")
        }
    }

    @Test(arguments: value) func nothingButPurchasesMoves(_ score: String) {
        for pair in Self.didMore { #expect(pair.moved(score).isEmpty, "seed \(pair.seed)") }
    }
}
