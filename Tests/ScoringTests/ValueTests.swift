import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// R, F, M, refunds, contacts and consent by hand.
@Suite struct ValueTests {
    static let day: Int64 = 86_400_000
    /// 2026-01-01T00:00:00Z.
    static let start: Int64 = 1_767_225_600_000

    static func evaluate(_ events: [Event], at t: Int64, calendar: LocalCalendar = .utc) -> Evaluation {
        let batch = Event.batch(events)
        var fold = Fold(Profile(), FoldRules(calendar: calendar))
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        return Evaluation(fold.finish(), at: t, model: .standard, calendar: calendar)
    }

    static func event(
        _ id: String, _ type: EventType, _ days: Double, amount: Int64? = nil, order: String? = nil
    ) -> Event {
        var event = Event(id, type, at: start + Int64(days * Double(day)))
        event.amount = amount
        event.order = order
        return event
    }

    @Test func nobodyIsAStranger() {
        let result = Self.evaluate([], at: Self.start)
        #expect(result == Evaluation())
        #expect(result.recency == nil && result.repeatDays == nil && result.firstSeen == nil)
    }

    // MARK: - R, F, M

    @Test func aPurchaseLeavesTheYearAtALocalMidnight() {
        let events = [Self.event("p", .purchase, 0.5, amount: 700)]
        for (days, ms, counts) in [(0.5, 0, true), (364.0, 0, true), (365.0, -1, true), (365.0, 0, false)]
            as [(Double, Int64, Bool)]
        {
            let result = Self.evaluate(events, at: Self.start + Int64(days * Double(Self.day)) + ms)
            #expect(result.frequency == (counts ? 1 : 0), "\(days)")
            #expect(result.monetary == (counts ? 700 : 0), "\(days)")
            #expect((result.recency == nil) == !counts, "\(days)")
            #expect(result.purchases == 1 && result.netSpend == 700, "what ever was stays")
        }
    }

    @Test func recencyCountsDatesNotHours() {
        let events = [Self.event("p", .purchase, 0.999, amount: 1)]
        #expect(Self.evaluate(events, at: Self.start + Self.day - 1).recency == 0)
        #expect(Self.evaluate(events, at: Self.start + Self.day).recency == 1)
    }

    @Test func datesAreThoseOfTheZone() {
        // 2025-11-02 in New York has 25 hours: both purchases, 24.5 hours apart, are of one day.
        let first: Int64 = 1_762_056_000_000  // 04:00Z, local midnight
        let events = [
            Event("a", .purchase, at: first), Event("b", .purchase, at: first + 24 * 3_600_000 + 1_800_000),
        ]
        let local = Self.evaluate(events, at: first + 26 * 3_600_000, calendar: .newYork)
        #expect(local.repeatDays == 0 && local.recency == 1 && local.activity == 1)
        let utc = Self.evaluate(events, at: first + 26 * 3_600_000)
        #expect(utc.repeatDays == 1 && utc.recency == 0 && utc.activity == 2)
    }

    @Test func loyaltyEndsAtTheLocalMidnightOfTheZone() {
        // 2025-11-05T12:00:00Z; a year later New York is again five hours behind.
        let first: Int64 = 1_762_344_000_000
        let events = [0, 300, 360].map { Event("p\($0)", .purchase, at: first + Int64($0) * Self.day) }
        let midnight = first + 365 * Self.day - 7 * 3_600_000  // 2026-11-05T05:00:00Z
        let before = Self.evaluate(events, at: midnight - 1, calendar: .newYork)
        #expect(before.lifecycle == .loyal && before.changesAt == midnight)
        let after = Self.evaluate(events, at: midnight, calendar: .newYork)
        #expect(after.lifecycle == .active && after.lifecycleTurnedAt == midnight)
    }

    @Test func anEventAheadCountsWithAgeZero() {
        let events = [Self.event("p", .purchase, 5, amount: 100), Self.event("v", .view, 6)]
        let result = Self.evaluate(events, at: Self.start)
        #expect(result.level == .customer && result.lifecycle == .new)
        #expect(result.recency == 0 && result.frequency == 1 && result.monetary == 100)
        #expect(result.engagementSum == 11)
        #expect(result.activity == 1, "both have age 0 and are of today")
        #expect(result.tenureDays == 0 && result.changesAt == Self.start + 35 * Self.day + 1)
        #expect(result.lastSeen == Self.start + 6 * Self.day)
    }

    // MARK: - Refunds and retractions

    struct Refunds: Sendable {
        let what: String
        let events: [Event], purchases: Int64, net: Int64
        init(_ what: String, _ events: [Event], purchases: Int64, net: Int64) {
            (self.what, self.events, self.purchases, self.net) = (what, events, purchases, net)
        }
    }

    static let refunds: [Refunds] = [
        Refunds(
            "in part",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 999, order: "o")],
            purchases: 1, net: 1),
        Refunds(
            "whole",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 1000, order: "o")],
            purchases: 0, net: 0),
        Refunds(
            "too large",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 5000, order: "o")],
            purchases: 0, net: 0),
        Refunds(
            "no amount takes what is left",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, order: "o")], purchases: 0,
            net: 0),
        Refunds(
            "of nothing",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 0, order: "o")],
            purchases: 1, net: 1000),
        Refunds(
            "dated before the purchase",
            [event("p", .purchase, 3, amount: 1000, order: "o"), event("r", .refund, 1, amount: 400, order: "o")],
            purchases: 1, net: 600),
        Refunds(
            "without order", [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 400)],
            purchases: 1, net: 1000),
        Refunds(
            "of another order",
            [event("p", .purchase, 0, amount: 1000, order: "o"), event("r", .refund, 1, amount: 400, order: "x")],
            purchases: 1, net: 1000),
        Refunds(
            "of a purchase without order",
            [event("p", .purchase, 0, amount: 1000), event("r", .refund, 1, amount: 400, order: "o")], purchases: 1,
            net: 1000),
        Refunds(
            "of a gift",
            [event("p", .purchase, 0, amount: 0, order: "o"), event("r", .refund, 1, amount: 0, order: "o")],
            purchases: 0, net: 0),
        Refunds("a gift stands", [event("p", .purchase, 0, amount: 0, order: "o")], purchases: 1, net: 0),
        Refunds(
            "the earlier purchase of the order pays first",
            [
                event("b", .purchase, 2, amount: 500, order: "o"), event("a", .purchase, 1, amount: 300, order: "o"),
                event("r", .refund, 3, amount: 250, order: "o"), event("s", .refund, 4, amount: 150, order: "o"),
            ], purchases: 1, net: 400),
        Refunds(
            "what is over does not reach another order",
            [
                event("a", .purchase, 1, amount: 300, order: "o"), event("b", .purchase, 2, amount: 500, order: "x"),
                event("r", .refund, 3, amount: 700, order: "o"),
            ], purchases: 1, net: 500),
    ]

    @Test(arguments: refunds.indices) func refunded(_ index: Int) {
        let row = Self.refunds[index]
        for events in [row.events, row.events.reversed()] {
            let result = Self.evaluate(events, at: Self.start + 10 * Self.day)
            #expect(result.purchases == row.purchases, "\(row.what)")
            #expect(result.netSpend == row.net && result.monetary == row.net, "\(row.what)")
            #expect(result.level == (row.purchases > 0 ? .customer : .interactor), "\(row.what)")
            #expect((result.lastPurchase == nil) == (row.purchases == 0), "\(row.what)")
        }
    }

    @Test func retractingTheOnlyPurchaseLeavesAProspectWithoutIt() {
        var retract = Event("x", .retract, at: Self.start)
        retract.refersTo = "p"
        let like = Self.event("l", .like, 1)
        let purchase = Self.event("p", .purchase, 2, amount: 100)
        let t = Self.start + 3 * Self.day
        for log in [[like, purchase, retract], [retract, purchase, like], [like, retract, purchase, purchase]] {
            let result = Self.evaluate(log, at: t)
            #expect(result == Self.evaluate([like], at: t))
            #expect(result.lifecycle == .prospect && result.level == .interactor && result.purchases == 0)
        }
        #expect(Self.evaluate([purchase, retract], at: t) == Evaluation())
    }

    @Test func retractingTheRefundBringsThePurchaseBack() {
        var retract = Event("x", .retract, at: Self.start)
        retract.refersTo = "r"
        let events = [
            Self.event("p", .purchase, 0, amount: 100, order: "o"), Self.event("r", .refund, 1, order: "o"), retract,
        ]
        let result = Self.evaluate(events, at: Self.start + 2 * Self.day)
        #expect(result.level == .customer && result.netSpend == 100)
    }

    // MARK: - Contacts and consent

    @Test func engagementHalvesInFourteenDays() {
        let events = [Self.event("e", .purchase, 0), Self.event("v", .visit, 14), Self.event("m", .messageSent, 14)]
        let result = Self.evaluate(events, at: Self.start + 14 * Self.day)
        #expect(result.engagementSum == 5.5)
        #expect(abs(result.engagement - 24.042_787_7) < 1e-6, "100·(1 − e^(−0.275))")
        #expect(Self.evaluate(events, at: Self.start + 28 * Self.day).engagementSum == 2.75)
    }

    @Test func activityIsThirtyDatesOfInboundEvents() {
        var events = (0..<40).map { Self.event("v\($0)", .view, Double($0)) }
        events += (0..<40).map { Self.event("d\($0)", .dwell, Double($0)) }  // no weight: no approach
        #expect(Self.evaluate(events, at: Self.start + 39 * Self.day).activity == 30)
        #expect(Self.evaluate(events, at: Self.start + 68 * Self.day).activity == 1)
        #expect(Self.evaluate(events, at: Self.start + 69 * Self.day).activity == 0)
        #expect(Self.evaluate(Array(events.suffix(40)), at: Self.start + 39 * Self.day).activity == 0)
    }

    @Test func consentForAllIsTheNewestWordWithoutChannel() {
        var channelled = Self.event("c", .optOut, 3)
        channelled.channel = "sms"
        let out = Self.event("o", .optOut, 1)
        let back = Self.event("i", .optIn, 2)
        let t = Self.start + 4 * Self.day
        #expect(Self.evaluate([], at: t).marketable)
        #expect(Self.evaluate([channelled], at: t).marketable)
        #expect(!Self.evaluate([channelled, out], at: t).marketable)
        #expect(Self.evaluate([back, channelled, out], at: t).marketable)
    }
}
