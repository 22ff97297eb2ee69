import Foundation
import Ingest
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Word of mouth by hand: advocacy of 60 days' half-life, and what others bought because of the person.
@Suite struct AdvocacyTests {
    /// What each type weighs by the catalogue of the contract, a review only with four stars; nothing else does.
    static let weights: [EventType: Double] = [
        .share: 3, .repost: 3, .review: 5, .trialReport: 8, .buyerShow: 8, .answer: 4, .post: 1, .recommend: 10,
    ]

    @Test(arguments: EventType.allCases.filter { $0.isTimeline && $0 != .referralConverted })
    func weight(_ type: EventType) {
        let event = Event.on(0, type) { ($0.quantity, $0.rating) = (1, 400) }
        let result = Evaluation(Profile(of: [event]), at: .day(0), model: .standard, calendar: .utc)
        #expect(result.advocacySum == Self.weights[type] ?? 0)
    }

    /// Ages at the end of their day of the 32 of `Event.many` that are kept.
    static let kept = (1...32).map { decay(1 - Double($0) / 86_400_000, 60) }.reduce(0, +)

    static let sums: [Case] = [
        Case("nothing", [], at: .day(0), is: 0),
        Case("a review", [.on(0, .review) { $0.rating = 400 }], at: .day(0), is: 5),
        Case("not quite four stars", [.on(0, .review) { $0.rating = 399 }], at: .day(0), is: 0),
        Case("no stars", [.on(0, .review) { $0.sentiment = 900 }], at: .day(0), is: 0),
        Case("half is left", [.on(0, .recommend)], at: .day(60), is: 5),
        Case(
            "each at its age", [.on(0, .recommend), .on(60, .share), .on(75, .post)], at: .day(120),
            is: 10 / 4 + 3 / 2.0 + decay(45, 60)),
        Case("ten minutes ahead", [.at(.day(0, 600_000), .repost)], at: .day(0), is: 3),
        Case("taken back", [.on(0, .buyerShow) { $0.id = "x" }, .retracted("x"), .on(0, .post)], at: .day(0), is: 1),
        Case("on any channel", [.on(0, .answer)], at: .day(0), is: 4) { $0.channels = ["crm": 3] },
        Case("what has left", Event.many(33, .share, from: .day(0)), at: .day(1), is: 3 * (kept + decay(0.5, 60))),
        // The first is bad and the second is good; both have left.
        Case(
            "reviews that have left",
            [.at(.day(0, -2), .review) { $0.rating = 300 }, .at(.day(0, -1), .review) { $0.rating = 500 }]
                + Event.many(33, .review, from: .day(0)) { $0.rating = 400 }.dropFirst(), at: .day(1),
            is: 5 * (kept + decay(1.5, 60))),
    ]

    @Test(arguments: sums) func advocacy(_ row: Case) {
        for result in row.evaluations {
            #expect(agree(result.advocacySum, row.expected))
            #expect(agree(result.advocacy, 100 * (1 - exp(-row.expected! / 30))))
        }
    }

    // MARK: - Referrals

    struct Referrals: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let events: [Event], t: Int64, influence: Double, revenue: Int64

        init(_ what: String, _ events: [Event], at t: Int64 = .day(0), _ influence: Double, _ revenue: Int64) {
            (testDescription, self.events, self.t) = (what, events, t)
            (self.influence, self.revenue) = (influence, revenue)
        }
    }

    /// A purchase of somebody who names crm:1.
    static func referred(_ day: Double, _ amount: Int64, by buyer: String = "crm:2", _ id: String = "p") -> Event {
        var event = Event.bought(day, amount, id, by: buyer)
        event.referrer = "crm:1"
        return event
    }

    static func back(_ amount: Int64?) -> Event {
        var event = Event.refunded(0, "p", amount)
        event.customer = "crm:2"
        return event
    }

    static let referrals: [Referrals] = [
        Referrals("nobody", [.bought(0, 1000, by: "crm:2")], 0, 0),
        Referrals("a friend", [referred(0, 1000)], 1, 1000),
        Referrals("ten minutes ahead", [referred(600 / 86_400.0, 1000)], 1, 1000),
        Referrals("half is left, and all of the money", [referred(0, 1000)], at: .day(180), 0.5, 1000),
        Referrals("years ago", [referred(0, 1000)], at: .day(1440), 1 / 256.0, 1000),
        Referrals(
            "friends", [referred(0, 1000), referred(180, 500, "q"), referred(180, 30, by: "crm:3")], at: .day(180), 2.5,
            1530),
        Referrals("a gift", [referred(0, 0)], 1, 0),
        Referrals("given back in part", [referred(0, 1000), back(400)], 1, 600),
        Referrals("given back", [referred(0, 1000), back(nil)], 0, 0),
        Referrals("more than was paid", [referred(0, 1000), back(9000)], 0, 0),
        Referrals("somebody else's refund", [referred(0, 1000), .refunded(0, "p")], 1, 1000),
        Referrals("taken back", [referred(0, 1000), .retracted("p", by: "crm:2")], 0, 0),
        Referrals("oneself", [referred(0, 1000, by: "crm:1")], 0, 0),
        Referrals(
            "who only joined", [.on(0, .memberJoin) { ($0.customer, $0.referrer) = ("crm:2", "crm:1") }], 0, 0),
    ]

    @Test(arguments: referrals) func influence(_ row: Referrals) throws {
        for events in [Event.numbered(row.events), Event.numbered(row.events).reversed()] {
            var log = ReferenceFold(rules: FoldRules())
            log.add(Event.batch(events))
            let profile = log.profiles()[Array("crm:1".utf8)] ?? Profile()
            let result = Evaluation(profile, at: row.t, model: .standard, calendar: .utc)
            #expect(agree(result.influence, row.influence))
            #expect(result.referredRevenue == row.revenue)
            // What others buy is no contact of the referrer.
            let own = Evaluation(
                Profile(of: events.filter { $0.customer == "crm:1" }), at: row.t, model: .standard, calendar: .utc)
            #expect(result.differences(from: own, except: ["influence", "referredRevenue"]).isEmpty)
        }
    }

    static let kinds: [(events: [Event], kind: PurchaseKind?)] = [
        ([], nil), ([.bought(0, 100)], .new), ([.bought(0, 100), .bought(1, 100)], .repeated),
        ([buy(0, from: "crm:2")], .referred), ([.bought(0, 100), buy(1, from: "crm:2")], .referred),
        ([buy(0, from: "crm:2"), .bought(1, 100)], .repeated), ([buy(0, from: "crm:1")], .new),
        ([.bought(0, 100), buy(1, from: "crm:1")], .repeated),
        ([.bought(0, 100), .bought(1, 100, "p"), .refunded(2, "p")], .new),
        ([.bought(0, 100, "p"), .bought(1, 100), .refunded(2, "p")], .new),
        ([.bought(0, 100, "p"), .bought(1, 100), .refunded(2, "p", 99)], .repeated),
        ([.bought(0, 100, "p"), .refunded(2, "p", 999)], nil), ([.bought(0, 100, "p"), .retracted("p")], nil),
    ]

    static func buy(_ day: Double, from referrer: String) -> Event {
        var event = Event.bought(day, 100)
        event.referrer = referrer
        return event
    }

    @Test(arguments: kinds.indices) func kindOfTheLastPurchase(_ index: Int) {
        for events in [Event.numbered(Self.kinds[index].events), Event.numbered(Self.kinds[index].events).reversed()] {
            let result = Evaluation(Profile(of: events), at: .day(3), model: .standard, calendar: .utc)
            #expect(result.lastPurchaseKind == Self.kinds[index].kind)
        }
    }
}
