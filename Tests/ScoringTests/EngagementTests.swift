import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Engagement and activity by hand: E adds up the weights of what the person did, each halved every fourteen days;
/// activity counts the local days of the last thirty on which anything was done.
@Suite struct EngagementTests {
    /// What each type weighs by the catalogue of the contract; what is not here weighs nothing.
    static let weights: [Double: [EventType]] = [
        0.5: [.visit],
        1: [.view, .search, .comparePrice, .like, .checkIn, .game, .complaint, .messageOpen, .optIn],
        2: [
            .mention, .vote, .post, .lottery, .treasureGuess, .couponRedeem, .pointsRedeem, .serviceContact,
            .messageClick,
        ],
        3: [.favorite, .want, .comment, .question, .couponClaim, .suggestion, .serviceRating],
        4: [
            .enquiry, .follow, .share, .repost, .storeVisit, .answer, .survey, .essay, .trialJoin, .groupBuyJoin,
        ],
        5: [.addToCart], 6: [.review, .memberJoin], 8: [.trialReport, .buyerShow, .recommend], 10: [.purchase],
    ]
    /// Inbound though they weigh nothing: their family is trade.
    static let weightless: [EventType] = [.repay, .refund]

    @Test(arguments: EventType.allCases.filter { $0 != .erase && $0 != .referralConverted })
    func weight(_ type: EventType) {
        let weight = Self.weights.first { $0.value.contains(type) }?.key ?? 0
        let event = Event.on(0, type) {
            $0.quantity = 1
            $0.refersTo = "nothing"
        }
        let result = Evaluation(Profile(of: [event]), at: event.at, model: .standard, calendar: .utc)
        #expect(result.engagementSum == weight)
        #expect(result.activity == (weight > 0 || Self.weightless.contains(type) ? 1 : 0))
    }

    static let millisecond = 1 / 86_400_000.0

    static let sums: [Case] = [
        Case("nothing", [], at: .day(0), is: 0),
        Case("a view", [.on(0, .view)], at: .day(0), is: 1),
        Case("a millisecond ago", [.on(0, .view)], at: .day(0, 1), is: decay(millisecond, 14)),
        Case("comments of a week ago", [.on(0, .comment), .on(0, .comment)], at: .day(7), is: 6 * decay(7, 14)),
        Case(
            "each at its own age", [.on(0, .visit), .on(3.5, .share), .bought(14, 100)], at: .day(14),
            is: 0.5 * 0.5 + 4 * decay(10.5, 14) + 10),
        Case("ten minutes ahead", [.at(.day(0, 600_000), .addToCart)], at: .day(0), is: 5),
        Case(
            "what was taken back leaves no trace",
            [.on(0, .recommend) { $0.id = "x" }, .retracted("x"), .on(0, .like)],
            at: .day(0), is: 1),
        Case("a refund takes back money only", [.bought(0, 100, "p"), .refunded(14, "p")], at: .day(14), is: 10 / 2),
        Case(
            "by channel, 1 where none is named",
            [
                .on(0, .view) { $0.channel = "app" }, .on(0, .like) { $0.channel = "web" },
                .on(0, .search) { $0.channel = "sms" }, .on(0, .visit),
            ], at: .day(0), is: 1 * 2 + 1 * 0.25 + 1 + 0.5 * 3
        ) { $0.channels = ["app": 2, "web": 0.25, "crm": 3] },
        Case("another weight", [.on(0, .view)], at: .day(0), is: 7) { $0.weights[Int(EventType.view.rawValue)] = 7 },
        // The clocks went forward in between, so that noon is an hour less than fourteen days away.
        Case(
            "ages are no calendar", [.on("2026-03-07T12:00:00-05:00", .view)], at: .time("2026-03-21T12:00:00-04:00"),
            is: decay(14 - 1 / 24.0, 14), in: .newYork),
    ]

    @Test(arguments: sums) func engagement(_ row: Case) {
        for result in row.evaluations {
            #expect(agree(result.engagementSum, row.expected))
            #expect(agree(result.engagement, 100 * (1 - exp(-row.expected! / 20))))
        }
    }

    // MARK: - What has left the timeline

    @Test func whatLeftTheTimelineFadesFromTheMiddleOfItsDay() {
        // The 25 hours of 2025-11-02 in New York: the middle is 12.5 hours after midnight. 32 of 33 views are kept.
        let midnight = Int64.time("2025-11-02T00:00:00-04:00")
        let views = Event.many(33, .view, from: midnight)
        var model = ScoringModel.standard
        model.channels = ["crm": 3]
        let result = Evaluation(
            Profile(of: views, .newYork), at: midnight + 25 * 3_600_000, model: model, calendar: .newYork)
        let kept = (1...32).map { 3 * decay(25 / 24.0 - Double($0) * Self.millisecond, 14) }.reduce(0, +)
        #expect(agree(result.engagementSum, kept + decay(12.5 / 24, 14)), "no channel is known of what has left")
    }

    @Test func whatLeftFourHundredDaysAgoFadesFromTheMiddleOfItsMonth() {
        // Of 34 views the first two have left. January 2025 has its middle on the 16th, 12:00, which is
        // 349.5 + 151 days before the 1st of June 2026; the 15th is 351 + 151 days before it.
        let views = Event.many(33, .view, from: .time("2025-01-15T00:00:00Z")) + [.on("2026-06-01T00:00:00Z", .view)]
        var model = ScoringModel.standard
        model.engagementHalfLife = 400
        let result = Evaluation(
            Profile(of: views), at: .time("2026-06-01T00:00:00Z"), model: model, calendar: .utc)
        let kept = (2...32).map { decay(502 - Double($0) * Self.millisecond, 400) }.reduce(0, +)
        #expect(agree(result.engagementSum, 1 + kept + 2 * decay(500.5, 400)))
    }

    @Test func whatLeftLongAgoAddsNothing() {
        // 2020 to 2026: 6 · 365 + 2 leap days.
        let views = Event.many(33, .view, from: .time("2020-01-01T00:00:00Z")) + [.on(0, .view)]
        var model = ScoringModel.standard
        model.engagementHalfLife = 4000
        let result = Evaluation(Profile(of: views), at: .day(0), model: model, calendar: .utc)
        let kept = (2...32).map { decay(2192 - Double($0) * Self.millisecond, 4000) }.reduce(0, +)
        #expect(agree(result.engagementSum, 1 + kept))
    }

    // MARK: - Activity

    static let aView: [Event] = [.on("2026-03-01T23:59:59-05:00", .view)]
    static let newYear: [Event] = [.on("2026-01-01T00:00:00+08:00", .view)]

    static let activities: [Case] = [
        Case("nothing", [], at: .day(0), is: 0),
        Case("one day", [.on(0, .view), .on(0.9, .like)], at: .day(1), is: 1),
        Case(
            "what was taken back", [.on(0, .view), .on(1, .view) { $0.id = "x" }, .retracted("x")], at: .day(2), is: 1),
        Case("what the shop does", [.on(0, .messageSent), .on(1, .ask), .on(2, .followBack)], at: .day(3), is: 0),
        Case(
            "a day whose events have left", Event.many(8, .view, from: .day(0)) + Event.many(32, .view, from: .day(1)),
            at: .day(1), is: 2),
        // 23 hours apart, and two days: the clocks went forward.
        Case(
            "midnight to midnight",
            [.on("2026-03-08T00:00:00-05:00", .view), .on("2026-03-09T00:00:00-04:00", .view)],
            at: .time("2026-03-10T00:00:00-04:00"), is: 2, in: .newYork),
        Case(
            "midnight to the last millisecond",
            [.on("2026-03-08T00:00:00-05:00", .view), .at(.time("2026-03-09T00:00:00-04:00", -1), .view)],
            at: .time("2026-03-10T00:00:00-04:00"), is: 1, in: .newYork),
        Case("the thirtieth day", aView, at: .time("2026-03-31T00:00:00-04:00", -1), is: 1, in: .newYork),
        Case("the thirty-first", aView, at: .time("2026-03-31T00:00:00-04:00"), is: 0, in: .newYork),
        Case("the thirtieth in Shanghai", newYear, at: .time("2026-01-31T00:00:00+08:00", -1), is: 1, in: .shanghai),
        Case("the thirty-first in Shanghai", newYear, at: .time("2026-01-31T00:00:00+08:00"), is: 0, in: .shanghai),
    ]

    @Test(arguments: activities) func activity(_ row: Case) {
        for result in row.evaluations { #expect(Double(result.activity) == row.expected) }
    }
}
