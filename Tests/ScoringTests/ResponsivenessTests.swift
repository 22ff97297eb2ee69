import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

/// Responsiveness by hand: of the asks of a year, how many an inbound event answered.
@Suite struct ResponsivenessTests {
    static func ask(_ day: Double, _ id: String) -> Event { answer(day, .ask, id) }
    static func answer(_ day: Double, _ type: EventType, _ id: String) -> Event { .on(day, type) { $0.ask = id } }

    static let once: [Event] = [ask(0, "a"), answer(1, .survey, "a")]
    static let tick = 1 / 86_400_000.0

    static let cases: [Case] = [
        Case("nothing", [], at: .day(0), is: nil),
        Case("an answer nobody asked for", [answer(0, .survey, "a")], at: .day(0), is: nil),
        Case("no answer", [ask(0, "a")], at: .day(1), is: 0),
        Case(
            "an answer to something else", [ask(0, "a"), answer(1, .survey, "b"), .on(1, .survey)], at: .day(1), is: 0),
        Case("an answer", once, at: .day(1), is: 1),
        Case("two answers to one", once + [answer(2, .view, "a")], at: .day(2), is: 1),
        Case("one of two", once + [ask(2, "b")], at: .day(2), is: 0.5),
        Case("two of three", once + [ask(2, "b"), ask(2, "c"), answer(3, .like, "c")], at: .day(3), is: 2 / 3.0),

        // When.
        Case("at once", [ask(0, "a"), answer(0, .survey, "a")], at: .day(0), is: 1),
        Case("a millisecond too early", [ask(1, "a"), answer(1 - tick, .survey, "a")], at: .day(1), is: 0),
        Case("after a year", [ask(0, "a"), answer(364.9, .survey, "a")], at: .day(364.9), is: 1),
        Case("a year but a millisecond ago", once, at: .day(365, -1), is: 1),
        Case("a year ago", once, at: .day(365), is: nil),
        Case("an old one is not counted", once + [ask(10, "b")], at: .day(365), is: 0),
        Case("both ahead", [ask(tick, "a"), answer(tick * 2, .survey, "a")], at: .day(0), is: 1),

        // Asked again: one ask, answered if later than the first of the year.
        Case("asked twice", [ask(0, "a"), ask(2, "a"), ask(2, "b")], at: .day(3), is: 0),
        Case("answered in between", [ask(0, "a"), answer(1, .survey, "a"), ask(2, "a")], at: .day(3), is: 1),

        // By what.
        Case("by the shop", [ask(0, "a"), answer(1, .messageSent, "a")], at: .day(1), is: 0),
        Case("by leaving", [ask(0, "a"), answer(1, .optOut, "a")], at: .day(1), is: 0),
        Case("by another ask", [ask(0, "a"), ask(1, "a")], at: .day(1), is: 0),
        Case("by opening", [ask(0, "a"), answer(1, .messageOpen, "a")], at: .day(1), is: 1),
        Case("by a purchase", [ask(0, "a"), answer(1, .purchase, "a")], at: .day(1), is: 1),
        Case("by a refund", [ask(0, "a"), answer(1, .refund, "a")], at: .day(1), is: 1),

        // Taken back.
        Case(
            "the answer", [ask(0, "a"), .on(1, .survey) { ($0.id, $0.ask) = ("x", "a") }, .retracted("x")],
            at: .day(1), is: 0),
        Case(
            "the ask", [.on(0, .ask) { ($0.id, $0.ask) = ("x", "a") }, answer(1, .survey, "a"), .retracted("x")],
            at: .day(1), is: nil),
    ]

    @Test(arguments: cases) func responsiveness(_ row: Case) {
        for result in row.evaluations { #expect(agree(result.responsiveness, row.expected)) }
    }
}
