import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Trust by hand: 100 · (1 + P)/(2 + P + N), P and N the good and bad signs of 180 days' half-life.
@Suite struct TrustTests {
    static let good: [EventType] = [.recommend, .buyerShow, .trialReport, .memberJoin]
    static let bad: [EventType] = [.complaint, .refund, .unfollow, .memberLeave, .optOut]

    @Test(arguments: EventType.allCases.filter { $0.isTimeline && $0 != .referralConverted })
    func signs(_ type: EventType) {
        let result = Evaluation(
            Profile(of: [.on(0, type) { $0.quantity = 1 }]), at: .day(0), model: .standard, calendar: .utc)
        #expect(result.positiveSum == (Self.good.contains(type) ? 1 : 0))
        #expect(result.negativeSum == (Self.bad.contains(type) ? 1 : 0))
    }

    /// Hundredths and thousandths, and what they are a sign of.
    static let said: [(rating: Int16?, sentiment: Int16?, good: Double, bad: Double)] = [
        (500, nil, 1, 0), (400, nil, 1, 0), (399, nil, 0, 0), (300, nil, 0, 0), (201, nil, 0, 0), (200, nil, 0, 1),
        (100, nil, 0, 1), (nil, 1000, 1, 0), (nil, 201, 1, 0), (nil, 200, 0, 0), (nil, 0, 0, 0), (nil, -200, 0, 0),
        (nil, -201, 0, 1), (nil, -1000, 0, 1), (500, 900, 1, 0), (100, -900, 0, 1), (500, -900, 1, 1),
        (100, 900, 1, 1),
    ]

    /// Whatever the type, and whoever acts.
    @Test(arguments: said, [EventType.review, .view, .purchase, .serviceContact, .messageSent, .pointsAdjust])
    func words(_ row: (rating: Int16?, sentiment: Int16?, good: Double, bad: Double), _ type: EventType) {
        let event = Event.on(0, type) {
            $0.quantity = 1
            $0.rating = row.rating
            $0.sentiment = row.sentiment
        }
        let result = Evaluation(Profile(of: [event]), at: .day(0), model: .standard, calendar: .utc)
        #expect(result.positiveSum == row.good && result.negativeSum == row.bad)
    }

    static func rated(_ day: Double, _ type: EventType, _ rating: Int16) -> Event {
        .on(day, type) { $0.rating = rating }
    }

    /// Of 33 the first has left, and fades from noon; of 34 purchases two, the first of them no repeat.
    static let left = (1...32).map { decay(1 - Double($0) / 86_400_000, 180) }.reduce(decay(0.5, 180), +)
    static let repeats = (2...33).map { decay(1 - Double($0) / 86_400_000, 180) }.reduce(decay(0.5, 180), +)

    static let cases: [Case] = [
        Case("nothing", [], at: .day(0), is: 50),
        Case("a sign of each kind", [.on(0, .recommend), .on(0, .complaint)], at: .day(0), is: 100 * 2 / 4),
        Case("half is left", [.on(0, .recommend)], at: .day(180), is: 100 * 1.5 / 2.5),
        Case("a quarter", [.on(0, .complaint)], at: .day(360), is: 100 * 1 / 2.25),
        Case("ten minutes ahead", [.at(.day(0, 600_000), .recommend)], at: .day(0), is: 100 * 2 / 3.0),
        Case("taken back", [.on(0, .complaint) { $0.id = "x" }, .retracted("x")], at: .day(0), is: 50),
        Case("one event, one sign", [rated(0, .buyerShow, 500)], at: .day(0), is: 100 * 2 / 3.0),
        Case("one of each", [rated(0, .complaint, 500), .on(0, .recommend)], at: .day(0), is: 100 * 3 / 5.0),
        Case(
            "each channel",
            [.on(0, .optOut) { $0.channel = "sms" }, .on(0, .optOut) { $0.channel = "web" }, .on(0, .optOut)],
            at: .day(0), is: 100 * 1 / 5.0),

        // Repeat purchases.
        Case("bought once", [.bought(0, 100)], at: .day(0), is: 50),
        Case("twice", [.bought(0, 100), .bought(90, 100)], at: .day(270), is: 100 * 1.5 / 2.5),
        Case("three times", [.bought(0, 100), .bought(180, 1), .bought(360, 0)], at: .day(360), is: 100 * 2.5 / 3.5),
        Case("the second rated", [.bought(0, 100), rated(90, .purchase, 500)], at: .day(90), is: 100 * 2 / 3.0),
        Case(
            "the first given back", [.bought(0, 100, "p"), .bought(180, 100), .refunded(180, "p")], at: .day(180),
            is: 100 * 1 / 3.0),
        Case(
            "and more than was paid", [.bought(0, 100, "p"), .bought(180, 100), .refunded(180, "p", 900)],
            at: .day(180), is: 100 * 1 / 3.0),
        Case(
            "in part", [.bought(0, 100, "p"), .bought(180, 100), .refunded(0, "p", 99)], at: .day(180),
            is: 100 * 2 / 3.5),
        Case("a refund of nothing known", [.refunded(0, "q"), .on(0, .refund)], at: .day(0), is: 100 * 1 / 4.0),
        Case("the first taken back", [.bought(0, 100, "p"), .bought(1, 100), .retracted("p")], at: .day(1), is: 50),
        Case("the only one taken back", [.bought(0, 100, "p"), .retracted("p")], at: .day(1), is: 50),
        Case(
            "what has left", Event.many(33, .recommend, from: .day(0)), at: .day(1),
            is: 100 * (1 + left) / (2 + left)),
        Case(
            "purchases that have left", Event.many(34, .purchase, from: .day(0)), at: .day(1),
            is: 100 * (1 + repeats) / (2 + repeats)),
    ]

    @Test(arguments: cases) func trust(_ row: Case) {
        for result in row.evaluations { #expect(agree(result.trust, row.expected)) }
    }
}
