import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Satisfaction by hand: 25 · (m − 1), m the mean of the ratings (half-life 180 days) and three threes.
@Suite struct SatisfactionTests {
    static let pre: [EventType] = [
        .visit, .view, .search, .dwell, .favorite, .want, .addToCart, .removeFromCart, .comparePrice, .enquiry, .follow,
        .like, .comment, .mention, .share, .repost, .storeVisit, .followBack, .unfollowBack, .trialJoin, .couponClaim,
        .lottery, .treasureGuess, .checkIn, .game, .groupBuyJoin, .messageSent, .ask, .messageOpen, .messageClick,
        .optIn, .optOut,
    ]
    static let during: [EventType] = [.purchase, .couponRedeem, .repay]
    static let post: [EventType] = [
        .unfollow, .review, .trialReport, .buyerShow, .question, .answer, .vote, .post, .survey, .essay, .recommend,
        .refund, .memberJoin, .memberLeave, .pointsRedeem, .pointsAdjust, .complaint, .suggestion, .serviceContact,
        .serviceRating,
    ]

    static func fiveStars(_ isRated: Bool) -> Double? { isRated ? 25 * ((9 + 5) / (3 + 1.0) - 1) : nil }

    @Test(arguments: EventType.allCases.filter { $0 != .erase && $0 != .referralConverted })
    func phase(_ type: EventType) {
        let event = rated(0, type, 500)
        let result = Evaluation(Profile(of: [event]), at: .day(0), model: .standard, calendar: .utc)
        let all = Self.pre + Self.during + Self.post
        #expect(result.satisfactionPre == Self.fiveStars(Self.pre.contains(type)))
        #expect(result.satisfactionDuring == Self.fiveStars(Self.during.contains(type)))
        #expect(result.satisfactionPost == Self.fiveStars(Self.post.contains(type)))
        #expect(result.satisfaction == Self.fiveStars(all.contains(type)))
    }

    @Test func eachPhaseHasItsOwnMean() {
        let events = [rated(0, .like, 100), rated(0, .purchase, 300), rated(0, .review, 500), rated(0, .survey, 400)]
        let result = Evaluation(Profile(of: events), at: .day(0), model: .standard, calendar: .utc)
        #expect(agree(result.satisfactionPre, 25 * (10 / 4.0 - 1)))
        #expect(agree(result.satisfactionDuring, 25 * (12 / 4.0 - 1)))
        #expect(agree(result.satisfactionPost, 25 * (18 / 5.0 - 1)))
        #expect(agree(result.satisfaction, 25 * (22 / 7.0 - 1)))
    }

    /// Of 33 reviews, four stars each, the first has left and fades from noon.
    static let left = (1...32).map { decay(1 - Double($0) / 86_400_000, 180) }.reduce(decay(0.5, 180), +)

    static let cases: [Case] = [
        Case("nothing", [], at: .day(0), is: nil),
        Case("not rated", [.on(0, .review)], at: .day(0), is: nil),
        Case("one star", [rated(0, .review, 100)], at: .day(0), is: 37.5),
        Case("three", [rated(0, .review, 300)], at: .day(9), is: 50),
        Case("four and a half", [rated(0, .review, 450)], at: .day(0), is: 25 * (13.5 / 4 - 1)),
        Case("half is left", [rated(0, .review, 500)], at: .day(180), is: 25 * (11.5 / 3.5 - 1)),
        Case(
            "new and old", [rated(0, .review, 100), rated(360, .view, 500)], at: .day(360),
            is: 25 * ((9 + 0.25 + 5) / 4.25 - 1)),
        Case("ten minutes ahead", [.at(.day(0, 600_000), .review) { $0.rating = 500 }], at: .day(0), is: 62.5),
        Case(
            "taken back", [.on(0, .review) { ($0.id, $0.rating) = ("x", 500) }, .retracted("x")], at: .day(0), is: nil),
        Case(
            "a refund does not unsay", [.on(0, .purchase) { ($0.order, $0.rating) = ("o", 100) }, .refunded(0, "o")],
            at: .day(0), is: 37.5),
        Case(
            "what has left", Event.many(33, .review, from: .day(0)) { $0.rating = 400 }, at: .day(1),
            is: 25 * ((9 + 4 * left) / (3 + left) - 1)),
    ]

    @Test(arguments: cases) func satisfaction(_ row: Case) {
        for result in row.evaluations { #expect(agree(result.satisfaction, row.expected)) }
    }
}

private func rated(_ day: Double, _ type: EventType, _ rating: Int16) -> Event {
    .on(day, type) { ($0.rating, $0.quantity, $0.refersTo) = (rating, 1, "nothing") }
}
