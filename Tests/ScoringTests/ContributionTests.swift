import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Contribution by hand: net spend of 365 local days over the calendar months in which anything was done, minor units.
@Suite struct ContributionTests {
    static func bought(_ time: String, _ milliseconds: Int64 = 0, _ id: String = "p") -> Event {
        .at(.time(time, milliseconds), .purchase) { ($0.id, $0.order, $0.amount) = (id, id, 90_000) }
    }

    static func at(_ date: String, _ type: EventType) -> Event { .on(date + "T12:00:00Z", type) }

    static let january = bought("2026-01-01T12:00:00Z")
    static let yearsEnd = Int64.time("2027-01-01T00:00:00Z")
    static let twoInJanuary = [at("2026-01-05", .view), at("2026-01-20", .view), bought("2026-06-01T00:00:00Z")]
    static let aroundNewYork = [
        bought("2026-02-01T00:00:00-05:00", -1), .on("2026-02-01T00:00:00-05:00", .view),
    ]
    static let aroundShanghai = [
        bought("2026-02-01T00:00:00+08:00", -1), .on("2026-02-01T00:00:00+08:00", .view),
    ]
    static let spring = Int64.time("2026-03-31T12:00:00Z")

    static let cases: [Case] = [
        Case("nothing", [], at: .day(0), is: nil),
        Case("what the shop did", [.on(0, .messageSent), .on(0, .ask)], at: .day(0), is: nil),
        Case("what weighs nothing", [.on(0, .optOut), .on(0, .dwell)], at: .day(0), is: nil),
        Case("nothing bought", [.on(0, .view)], at: .day(0), is: 0),
        Case("one month", [january], at: .day(20), is: 90_000),
        Case("five minutes ahead", [january], at: .time("2026-01-01T11:55:00Z"), is: 90_000),
        Case(
            "a month of silence", [january, at("2026-03-05", .view), at("2026-03-06", .view)], at: spring, is: 45_000),
        Case("three months", [january, at("2026-02-05", .like), at("2026-03-06", .view)], at: spring, is: 30_000),
        Case("a complaint is a contact", [january, at("2026-02-05", .complaint)], at: spring, is: 45_000),
        Case(
            "one that left the timeline is too",
            [january] + Event.many(1, .view, from: .time("2026-02-05T00:00:00Z"))
                + Event.many(32, .view, from: .time("2026-03-05T00:00:00Z")), at: spring, is: 30_000),

        // Refunds and retractions.
        Case("given back in part", [january, .refunded(40, "p", 30_000)], at: spring, is: 60_000 / 2),
        Case("given back in whole", [january, .refunded(40, "p")], at: spring, is: 0),
        Case("more than was paid", [january, .refunded(40, "p", 1_000_000)], at: spring, is: 0),
        Case("given back before it was bought", [january, .refunded(-40, "p", 30_000)], at: spring, is: 60_000 / 2),
        Case("the only purchase taken back", [january, .retracted("p")], at: spring, is: nil),
        Case("taken back from a visitor", [january, .retracted("p"), .on(0, .view)], at: spring, is: 0),

        // The year ends at a midnight.
        Case("the last day of the year", [january], at: yearsEnd - 1, is: 90_000),
        Case("the day after", [january], at: yearsEnd, is: nil),
        Case("a later contact", [january, at("2026-06-05", .view)], at: yearsEnd - 1, is: 45_000),
        Case("is what is left", [january, at("2026-06-05", .view)], at: yearsEnd, is: 0),
        Case(
            "January twice", [bought("2026-01-20T00:00:00Z"), at("2027-01-10", .view)],
            at: .time("2027-01-11T00:00:00Z"), is: 45_000),
        Case("a part of January", twoInJanuary, at: .time("2027-01-20T00:00:00Z", -1), is: 45_000),
        Case("no part of January", twoInJanuary, at: .time("2027-01-20T00:00:00Z"), is: 90_000),

        // Months are those of the zone.
        Case("a midnight of New York", aroundNewYork, at: spring, is: 45_000, in: .newYork),
        Case("is none of Greenwich", aroundNewYork, at: spring, is: 90_000),
        Case("a midnight of Shanghai", aroundShanghai, at: spring, is: 45_000, in: .shanghai),
        Case("is none of Greenwich's", aroundShanghai, at: spring, is: 90_000),
    ]

    @Test(arguments: cases) func contribution(_ row: Case) {
        for result in row.evaluations { #expect(agree(result.contribution, row.expected)) }
    }
}
