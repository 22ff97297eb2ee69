import Foundation
import Interactions
import Profiles
import Scoring
import TestSupport
import Testing

// A readable way to write a history: what happened on which day, when it is asked, what must come out.

extension Int64 {
    /// Unix ms, so many days after 2026-01-01T00:00:00Z.
    static func day(_ days: Double, _ milliseconds: Int64 = 0) -> Int64 {
        1_767_225_600_000 + Int64((days * 86_400_000).rounded()) + milliseconds
    }

    /// Unix ms of an instant such as `2026-03-08T00:00:00-05:00`.
    static func time(_ text: String, _ milliseconds: Int64 = 0) -> Int64 {
        Int64(try! Date(text, strategy: .iso8601).timeIntervalSince1970) * 1000 + milliseconds
    }
}

extension LocalCalendar {
    static let shanghai = LocalCalendar(offset: 8 * 3_600_000, changes: [])
}

extension Event {
    static func at(_ time: Int64, _ type: EventType, _ set: (inout Event) -> Void = { _ in }) -> Event {
        var event = Event("", type, at: time)
        set(&event)
        return event
    }

    static func on(_ day: Double, _ type: EventType, _ set: (inout Event) -> Void = { _ in }) -> Event {
        at(.day(day), type, set)
    }

    static func on(_ time: String, _ type: EventType, _ set: (inout Event) -> Void = { _ in }) -> Event {
        at(.time(time), type, set)
    }

    /// A purchase, minor units; its order is called as it is.
    static func bought(_ day: Double, _ amount: Int64, _ id: String = "", by customer: String = "crm:1") -> Event {
        .on(day, .purchase) {
            $0.id = id
            $0.order = id
            $0.amount = amount
            $0.customer = customer
        }
    }

    /// A refund of an order, of all that is left of it without an amount.
    static func refunded(_ day: Double, _ order: String, _ amount: Int64? = nil) -> Event {
        .on(day, .refund) {
            $0.order = order
            $0.amount = amount
        }
    }

    static func retracted(_ target: String, by customer: String = "crm:1") -> Event {
        .on(0, .retract) {
            $0.refersTo = target
            $0.customer = customer
        }
    }

    /// `count` events of a type, a millisecond after the other.
    static func many(
        _ count: Int, _ type: EventType, from time: Int64, _ set: (inout Event) -> Void = { _ in }
    ) -> [Event] {
        (0..<Int64(count)).map { .at(time + $0, type, set) }
    }

    /// The events with an id each.
    static func numbered(_ events: [Event]) -> [Event] {
        events.enumerated().map { number, event in
            var event = event
            if event.id.isEmpty { event.id = "e\(number)" }
            return event
        }
    }
}

extension Profile {
    init(of events: [Event], _ calendar: LocalCalendar = .utc) {
        let batch = Event.batch(Event.numbered(events))
        let rules = FoldRules(calendar: calendar)
        var fold = Fold(Profile(), rules)
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        self = fold.finish()
        age(by: .standard, rules)
    }
}

/// One row of a table of a figure; a string of it is what it is about.
struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let events: [Event], t: Int64, expected: Double?, calendar: LocalCalendar, model: ScoringModel

    init(
        _ what: String, _ events: [Event], at t: Int64, is expected: Double?, in calendar: LocalCalendar = .utc,
        _ change: (inout ScoringModel) -> Void = { _ in }
    ) {
        (testDescription, self.events, self.t, self.expected) = (what, Event.numbered(events), t, expected)
        self.calendar = calendar
        var model = ScoringModel.standard
        change(&model)
        self.model = model
    }

    /// What comes out, whichever way round the events arrive.
    var evaluations: [Evaluation] {
        [events, events.reversed()].map {
            Evaluation(Profile(of: $0, calendar), at: t, model: model, calendar: calendar)
        }
    }
}

/// What is left of 1 after so many days, where it halves in `halfLife`.
func decay(_ days: Double, _ halfLife: Double) -> Double { pow(0.5, days / halfLife) }

/// Equal but for the last bits of a sum; what is missing equals nothing else.
func agree(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= 1e-9 * max(abs(a), abs(b))
}
