import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// AIPL by hand: aware by browsing, interested by any other contact but trade, purchased, and loyal by buying again or
/// by word of mouth.
@Suite struct AIPLTests {
    static func review(_ rating: Int16?, _ sentiment: Int16? = nil) -> Event {
        .on(1, .review) { ($0.rating, $0.sentiment) = (rating, sentiment) }
    }

    static let once = Event.bought(0, 100, "p")
    static let twice = [once, .bought(1, 100, "q")]

    static let rows: [(events: [Event], stage: AIPL?)] = [
        ([], nil), ([.on(0, .messageSent)], nil), ([.on(0, .optOut)], nil), ([.on(0, .dwell)], nil),
        ([.on(0, .couponRedeem)], nil), ([.on(0, .visit)], .aware), ([.on(0, .search), .on(1, .couponRedeem)], .aware),
        ([.on(0, .like)], .interested), ([.on(0, .memberJoin), .on(1, .view)], .interested),
        ([.on(0, .recommend)], .interested), ([once], .purchased), ([once, .on(1, .like)], .purchased),
        ([once, .refunded(1, "p")], nil), ([once, .refunded(1, "p", 900), .on(1, .view)], .aware),
        ([once, .refunded(1, "p", 99)], .purchased), ([once, .retracted("p"), .on(0, .view)], .aware),
        (twice, .loyal), (twice + [.refunded(2, "p")], .purchased), (twice + [.retracted("q")], .purchased),
        ([once, review(400)], .loyal), ([once, review(399)], .purchased), ([once, review(nil, 201)], .loyal),
        ([once, review(nil, 200)], .purchased), ([once, review(nil)], .purchased), ([once, .on(-9, .share)], .loyal),
        ([once, .on(1, .repost)], .loyal), ([once, .on(1, .recommend)], .loyal),
        ([once, .on(1, .buyerShow)], .purchased),
        ([once, .on(1, .recommend) { $0.id = "x" }, .retracted("x")], .purchased),
    ]

    @Test(arguments: rows.indices) func stages(_ index: Int) {
        let events = Event.numbered(Self.rows[index].events)
        for events in [events, events.reversed()] {
            let result = Evaluation(Profile(of: events), at: .day(3), model: .standard, calendar: .utc)
            #expect(result.aipl == Self.rows[index].stage)
        }
    }
}
