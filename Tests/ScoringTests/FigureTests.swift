import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Figures by hand: what was bought and given back, when it is asked, what must come out.
@Suite struct FigureTests {
    static let day: Int64 = 86_400_000
    static let hour: Int64 = 3_600_000
    /// 2026-01-01T00:00:00Z.
    static let start: Int64 = 1_767_225_600_000

    static func evaluate(_ events: [Event], at t: Int64, _ calendar: LocalCalendar = .utc) -> Evaluation {
        let batch = Event.batch(events)
        var fold = Fold(Profile(), FoldRules(calendar: calendar))
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        return Evaluation(fold.finish(), at: t, model: .standard, calendar: calendar)
    }

    static func purchase(_ id: String, _ at: Int64, _ amount: Int64, order: String? = nil) -> Event {
        var event = Event(id, .purchase, at: at)
        event.amount = amount
        event.order = order
        return event
    }

    static func refund(_ id: String, _ at: Int64, _ amount: Int64?, order: String?) -> Event {
        var event = Event(id, .refund, at: at)
        event.amount = amount
        event.order = order
        return event
    }

    static func retract(_ target: String, _ at: Int64) -> Event {
        var event = Event("r-\(target)", .retract, at: at)
        event.refersTo = target
        return event
    }

    @Test func aPersonWithoutEventsIsAStranger() {
        let result = Self.evaluate([], at: Self.start)
        #expect(result == Evaluation(), "nothing is computed of nothing")
        #expect(result.level == .visitor && result.connection == .weak && result.lifecycle == .stranger)
        #expect(result.recency == nil && result.repeatDays == nil && result.firstSeen == nil)
        #expect(result.changesAt == .max)
    }

    // MARK: - Refunds

    struct Refunds: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bought: [(at: Int64, amount: Int64, order: String?)]
        let refunds: [(at: Int64, amount: Int64?, order: String?)]
        let purchases: Int64, net: Int64, level: Level
    }

    static let refunds: [Refunds] = [
        Refunds(
            testDescription: "in part", bought: [(0, 1000, "o")], refunds: [(1, 400, "o")], purchases: 1, net: 600,
            level: .customer),
        Refunds(
            testDescription: "in whole", bought: [(0, 1000, "o")], refunds: [(1, 1000, "o")], purchases: 0, net: 0,
            level: .interactor),
        Refunds(
            testDescription: "more than was paid", bought: [(0, 1000, "o"), (1, 500, "p")], refunds: [(2, 9999, "o")],
            purchases: 1, net: 500, level: .customer),
        Refunds(
            testDescription: "two that add up", bought: [(0, 1000, "o")], refunds: [(1, 600, "o"), (2, 400, "o")],
            purchases: 0, net: 0, level: .interactor),
        Refunds(
            testDescription: "without amount: what is left", bought: [(0, 1000, "o"), (1, 500, "o")],
            refunds: [(2, 300, "o"), (3, nil, "o")], purchases: 0, net: 0, level: .interactor),
        Refunds(
            testDescription: "without order: nothing", bought: [(0, 1000, "o")], refunds: [(1, 1000, nil)],
            purchases: 1, net: 1000, level: .customer),
        Refunds(
            testDescription: "of an order nobody placed", bought: [(0, 1000, "o")], refunds: [(1, 1000, "q")],
            purchases: 1, net: 1000, level: .customer),
        Refunds(
            testDescription: "before the purchase", bought: [(5, 1000, "o")], refunds: [(0, 1000, "o")],
            purchases: 0, net: 0, level: .interactor),
        Refunds(
            testDescription: "of an order of two, first in timeline order", bought: [(0, 1000, "o"), (1, 500, "o")],
            refunds: [(2, 1200, "o")], purchases: 1, net: 300, level: .customer),
        Refunds(
            testDescription: "a gift nobody gave back", bought: [(0, 0, "o")], refunds: [], purchases: 1, net: 0,
            level: .customer),
        Refunds(
            testDescription: "a gift given back", bought: [(0, 0, "o")], refunds: [(1, 0, "o")], purchases: 0, net: 0,
            level: .interactor),
    ]

    @Test(arguments: refunds) func whatRefundsLeave(_ row: Refunds) {
        let events =
            row.bought.enumerated().map {
                Self.purchase("p\($0)", Self.start + $1.at * Self.day, $1.amount, order: $1.order)
            }
            + row.refunds.enumerated().map {
                Self.refund("f\($0)", Self.start + $1.at * Self.day, $1.amount, order: $1.order)
            }
        for events in [events, events.reversed()] {
            let result = Self.evaluate(events, at: Self.start + 10 * Self.day)
            #expect(result.purchases == row.purchases)
            #expect(result.netSpend == row.net)
            #expect(result.monetary == row.net)
            #expect(result.frequency == Int(row.purchases))
            #expect(result.level == row.level)
            #expect((result.recency == nil) == (row.purchases == 0))
        }
    }

    // MARK: - Retraction

    @Test func retractingTheOnlyPurchaseLeavesNoBuyer() {
        let bought = Self.purchase("p", Self.start, 1000)
        let viewed = Event("v", .view, at: Self.start + 1)
        let back = Self.retract("p", Self.start + 2)
        for events in [[bought, viewed, back], [back, viewed, bought]] {
            let result = Self.evaluate(events, at: Self.start + Self.day)
            #expect(result == Self.evaluate([viewed], at: Self.start + Self.day))
            #expect(result.level == .visitor && result.lifecycle == .stranger)
            #expect(result.firstSeen == viewed.at && result.lastPurchase == nil && result.tenureDays == nil)
        }
    }

    @Test func retractingARefundBringsThePurchaseBack() {
        let events = [
            Self.purchase("p", Self.start, 1000, order: "o"), Self.refund("f", Self.start + 1, nil, order: "o"),
            Self.retract("f", Self.start + 2),
        ]
        let result = Self.evaluate(events, at: Self.start + Self.day)
        #expect(result.level == .customer && result.netSpend == 1000 && result.lifecycle == .new)
    }

    @Test func aRetractionNamesAnEventOfItsOwnCustomer() {
        var back = Self.retract("p", Self.start)
        back.customer = "phone:7"
        let result = Self.evaluate([Self.purchase("p", Self.start, 1000), back], at: Self.start)
        #expect(result.purchases == 1)
    }

    // MARK: - R, F, M

    @Test func theValueWindowEndsAtLocalMidnight() {
        let events = [
            Self.purchase("a", Self.start + 10 * Self.hour, 100), Self.purchase("b", Self.start + 100 * Self.day, 200),
        ]
        let end = Self.start + 365 * Self.day
        let before = Self.evaluate(events, at: end - 1)
        #expect(before.frequency == 2 && before.monetary == 300 && before.recency == 264)
        let after = Self.evaluate(events, at: end)
        #expect(after.frequency == 1 && after.monetary == 200 && after.recency == 265)
        let gone = Self.evaluate(events, at: end + 100 * Self.day)
        #expect(gone.frequency == 0 && gone.monetary == 0 && gone.recency == nil, "no recency without a frequency")
        #expect(gone.purchases == 2 && gone.netSpend == 300 && gone.tenureDays == 465 && gone.recencyDays == 100)
    }

    @Test func daysEndAtTheMidnightOfTheZone() {
        // 23:30 and 00:30 in Shanghai: two days there, one in UTC.
        let shanghai = LocalCalendar(offset: 8 * Self.hour, changes: [])
        let events = [
            Self.purchase("a", Self.start + 15 * Self.hour + Self.hour / 2, 100),
            Self.purchase("b", Self.start + 16 * Self.hour + Self.hour / 2, 100),
        ]
        let t = Self.start + 17 * Self.hour
        #expect(Self.evaluate(events, at: t).repeatDays == 0)
        #expect(Self.evaluate(events, at: t, shanghai).repeatDays == 1)
        #expect(Self.evaluate(events, at: t).activity == 1)
        #expect(Self.evaluate(events, at: t, shanghai).activity == 2)
    }

    @Test func aDayOfTwentyThreeHoursIsADay() {
        // New York, 8 March 2026: at 02:00 the clocks go to 03:00, so the day has 23 hours and the next begins at
        // 04:00 UTC. 1 November: 25 hours, from 04:00 UTC to 05:00 UTC.
        let newYork = LocalCalendar(
            offset: -5 * Self.hour,
            changes: [
                LocalCalendar.Change(instant: 1_772_953_200_000, offset: -4 * Self.hour),
                LocalCalendar.Change(instant: 1_793_512_800_000, offset: -5 * Self.hour),
            ])
        let short = 1_772_946_000_000 as Int64  // 2026-03-08T00:00-05:00
        #expect(newYork.day(short - 1) + 1 == newYork.day(short))
        #expect(newYork.day(short + 23 * Self.hour - 1) == newYork.day(short))
        #expect(newYork.day(short + 23 * Self.hour) == newYork.day(short) + 1)
        #expect(newYork.start(of: newYork.day(short) + 1) == short + 23 * Self.hour)
        let long = 1_793_505_600_000 as Int64  // 2026-11-01T00:00-04:00
        #expect(newYork.day(long + 25 * Self.hour - 1) == newYork.day(long))
        #expect(newYork.start(of: newYork.day(long) + 1) == long + 25 * Self.hour)

        let bought = [Self.purchase("a", short, 100)]
        #expect(Self.evaluate(bought, at: short + 23 * Self.hour - 1, newYork).recency == 0)
        #expect(Self.evaluate(bought, at: short + 23 * Self.hour, newYork).recency == 1)
        // Ages are no calendar: thirty days are thirty times 24 hours, in a month of 23 hours too.
        #expect(Self.evaluate(bought, at: short + 30 * Self.day, newYork).lifecycle == .new)
        #expect(Self.evaluate(bought, at: short + 30 * Self.day + 1, newYork).lifecycle == .active)
    }

    // MARK: - Activity and engagement

    @Test func activityIsDaysInThirty() {
        let events = (0..<40).flatMap { day in
            (0..<2).map { Event("e\(day)-\($0)", .view, at: Self.start + Int64(day) * Self.day + Int64($0)) }
        }
        #expect(Self.evaluate(events, at: Self.start + 39 * Self.day + 5).activity == 30)
        #expect(Self.evaluate(events, at: Self.start + 68 * Self.day).activity == 1)
        #expect(Self.evaluate(events, at: Self.start + 69 * Self.day).activity == 0)
    }

    @Test func engagementHalvesInFourteenDays() {
        let result = Self.evaluate([Event("a", .purchase, at: Self.start)], at: Self.start + 28 * Self.day)
        #expect(abs(result.engagementSum - 2.5) < 1e-12)
        #expect(abs(result.engagement - 100 * (1 - exp(-2.5 / 20))) < 1e-9)
        let idle = Self.evaluate([Event("a", .messageSent, at: Self.start)], at: Self.start)
        #expect(idle.engagementSum == 0 && idle.engagement == 0 && idle.activity == 0)
    }

    // MARK: - Ahead of the instant

    @Test func anEventAheadCountsWithAgeZero() {
        let result = Self.evaluate([Self.purchase("a", Self.start + Self.day, 100)], at: Self.start)
        #expect(result.lifecycle == .new && result.recency == 0 && result.frequency == 1 && result.activity == 1)
        #expect(result.engagementSum == 10 && result.tenureDays == 0)
        #expect(result.changesAt == Self.start + 31 * Self.day + 1)
    }

    @Test func aYearMayEndBeforeAnEventAhead() {
        // The third purchase is a minute ahead, and between lies the midnight at which the first leaves the year.
        let midnight = Self.start + 365 * Self.day
        let events = [
            Self.purchase("a", Self.start, 100), Self.purchase("b", Self.start + 300 * Self.day, 100),
            Self.purchase("c", midnight + 30_000, 100),
        ]
        let before = Self.evaluate(events, at: midnight - 30_000)
        #expect(before.lifecycle == .loyal && before.changesAt == midnight)
        let after = Self.evaluate(events, at: midnight)
        #expect(after.lifecycle == .active && after.changesAt == midnight + 30_000 + 90 * Self.day + 1)
    }
}
