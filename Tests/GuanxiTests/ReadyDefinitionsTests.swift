import Foundation
import Ingest
import Interactions
import Profiles
import Scoring
import Segments
import TestSupport
import Testing

@testable import guanxi

/// The segments of `deploy/definitions`: each has a history of somebody who comes and goes.
@Suite struct ReadyDefinitions {
    static let text: String = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try! String(contentsOf: root.appending(path: "deploy/definitions/shop.yaml"), encoding: .utf8)
    }()

    static func document() throws -> SegmentDocument {
        try SegmentDocument.read(text, path: "shop.yaml", FoldRules())
    }

    /// Days after 2026-11-01T00:00:00+08:00.
    static func at(_ day: Double) -> Int64 { 1_793_462_400_000 + Int64(day * 86_400_000) }

    static func on(_ day: Double, _ type: EventType, _ set: (inout Event) -> Void = { _ in }) -> Event {
        var event = Event("\(type.name) \(day)", type, at: at(day))
        set(&event)
        return event
    }

    static func bought(_ day: Double, _ amount: Int64 = 10_000, _ set: (inout Event) -> Void = { _ in }) -> Event {
        on(day, .purchase) {
            $0.amount = amount
            set(&$0)
        }
    }

    /// What somebody does, when that makes a member, and when no longer: by what is done then, or by time alone.
    struct Story: CustomTestStringConvertible, Sendable {
        let id: String
        let events: [Event]
        let `in`: Double
        var then: [Event] = []
        let out: Double
        /// Goes by a score that fades, not at a round instant.
        var fades = false
        var testDescription: String { id }
    }

    static let stories: [Story] = [
        Story(id: "cart_not_bought", events: [on(1, .addToCart)], in: 1, then: [bought(2)], out: 2),
        Story(id: "cart_not_bought", events: [bought(1), on(1.5, .addToCart)], in: 2, out: 4.5),
        Story(
            id: "favourite_not_bought", events: [on(1, .favorite), on(2, .want)], in: 2, then: [bought(3)], out: 3),
        Story(id: "coupon_not_used", events: [on(1, .couponClaim)], in: 2, out: 8),
        Story(id: "coupon_not_used", events: [on(1, .couponClaim)], in: 3, then: [on(4, .couponRedeem)], out: 4),
        Story(id: "silent_fans", events: [on(1, .follow), on(2, .like)], in: 32, then: [on(33, .vote)], out: 33),
        Story(
            id: "advocates_without_purchase", events: (1...4).map { on(Double($0), .recommend) }, in: 5,
            then: [bought(6)], out: 6),
        Story(id: "no_second_order", events: [bought(1)], in: 15, then: [bought(20)], out: 20),
        Story(id: "welcome", events: [bought(1)], in: 1, out: 8),
        Story(id: "high_value_at_risk", events: [bought(1, 150_000)], in: 100, then: [bought(110)], out: 110),
        Story(id: "lapsed_buyers", events: [bought(1)], in: 181, then: [bought(200)], out: 200),
        Story(id: "lapsed_buyers", events: [bought(1)], in: 182, out: 1 + 728),
        Story(id: "won_back", events: [bought(1), bought(190)], in: 191, out: 220.000001),
        Story(
            id: "price_sensitive", events: (1...3).map { bought(Double($0)) { $0.coupon = "k" } }, in: 3,
            then: (4...6).map { bought(Double($0)) }, out: 6),
        Story(
            id: "full_price_buyers", events: (1...3).map { bought(Double($0)) }, in: 3,
            then: [bought(4) { $0.coupon = "k" }], out: 4),
        Story(id: "trading_up", events: [bought(1), bought(20, 60_000)], in: 20, out: 50),
        Story(id: "trading_up", events: [bought(1), bought(20, 60_000)], in: 21, then: [bought(22, 60_000)], out: 22),
        Story(
            id: "review_writers", events: [on(1, .review), on(2, .buyerShow), on(3, .review)], in: 3, out: 91),
        Story(id: "review_missing", events: [bought(1)], in: 15, then: [on(16, .review)], out: 16),
        Story(id: "review_missing", events: [bought(1)], in: 15, out: 31),
        Story(id: "negative_feedback", events: [on(1, .complaint)], in: 1, out: 8),
        Story(id: "negative_feedback", events: [on(1, .serviceRating) { $0.rating = 200 }], in: 1, out: 8),
        Story(
            id: "low_trust", events: (1...4).map { on(Double($0), .complaint) }, in: 4,
            then: (5...9).map { on(Double($0), .recommend) }, out: 9),
        Story(id: "promotion_lookers", events: [on(10.5, .view)], in: 10.5, then: [bought(10.7)], out: 10.7),
        Story(
            id: "cross_category", events: (1...3).map { day in bought(Double(day)) { $0.category = "c\(day)" } }, in: 3,
            out: 181),
        Story(id: "near_gold", events: [bought(1, 900_000)], in: 1, then: [bought(2, 200_000)], out: 2),
        Story(id: "near_gold", events: [bought(1, 900_000)], in: 365, out: 366),
        Story(id: "near_silver", events: [bought(1, 160_000)], in: 1, then: [bought(2, 60_000)], out: 2),
        Story(
            id: "points_to_spend", events: [bought(1, 60_000)], in: 1,
            then: [on(2, .pointsRedeem) { $0.quantity = 100 }], out: 2),
        Story(
            id: "about_to_decide", events: (0..<6).map { on(1 + Double($0) / 10, .view) }, in: 1.5, out: 3),
        Story(
            id: "engaged_not_bought", events: (1...5).map { on(1 + Double($0) / 10, .addToCart) }, in: 1.6, out: 30,
            fades: true),
        Story(
            id: "sleeping_members", events: [on(1, .memberJoin), on(2, .view)], in: 62, then: [on(63, .visit)], out: 63),
    ]

    @Test(arguments: stories) func comesAndGoes(_ story: Story) throws {
        let (program, judge) = try Self.program()
        let segment = try #require(program.segments.firstIndex { $0.id == story.id })
        #expect(!Self.isMember(segment, [], at: story.in, program, judge), "nobody is in it without a history")
        #expect(Self.isMember(segment, story.events, at: story.in, program, judge), "is in on day \(story.in)")
        #expect(
            !Self.isMember(segment, story.events + story.then, at: story.out, program, judge),
            "is out on day \(story.out)")
        if story.then.isEmpty && !story.fades {
            #expect(Self.isMember(segment, story.events, at: story.out - 1e-6, program, judge), "and not earlier")
        }
    }

    /// Others' purchases and the promotion's time, which are not taken back.
    @Test func whoOnlyEnters() throws {
        let (program, judge) = try Self.program()
        let participants = try #require(program.segments.firstIndex { $0.id == "promotion_participants" })
        #expect(Self.isMember(participants, [Self.on(10.5, .addToCart)], at: 11, program, judge))
        #expect(!Self.isMember(participants, [Self.on(9.9, .addToCart)], at: 11, program, judge))
        #expect(!Self.isMember(participants, [Self.on(11, .addToCart)], at: 11, program, judge))

        let referrers = try #require(program.segments.firstIndex { $0.id == "referrers" })
        var log = ReferenceFold(rules: FoldRules(calendar: judge.calendar))
        let sale = Self.bought(1) { ($0.customer, $0.referrer) = ("crm:2", "crm:1") }
        log.add(Event.batch([sale]))
        let profile = try #require(log.profiles()[Array("crm:1".utf8)])
        #expect(Self.isMember(referrers, profile, at: 2, program, judge))
        #expect(!Self.isMember(referrers, profile, at: 181, program, judge))
    }

    @Test func eachHasAStory() throws {
        let told = Set(Self.stories.map(\.id)).union(["promotion_participants", "referrers"])
        let document = try Self.document()
        #expect(Set(document.segments.map(\.id)) == told)
        #expect(document.segments.count >= 20)
        #expect(SegmentWriter(document).text(original: Self.text) == Self.text, "guanxi definitions fmt --in-place")
        for segment in document.segments { #expect(segment.name != segment.id) }
    }

    // MARK: -

    private static func program() throws -> (SegmentProgram, Judge) {
        let calendar = LocalCalendar(offset: 8 * 3_600_000, changes: [])
        return (
            SegmentProgram(try document().segments), Judge(model: .standard, calibration: nil, calendar: calendar)
        )
    }

    private static func isMember(
        _ segment: Int, _ events: [Event], at day: Double, _ program: SegmentProgram, _ judge: Judge
    ) -> Bool {
        let batch = Event.batch(events)
        var fold = Fold(Profile(), FoldRules(calendar: judge.calendar))
        for event in batch.interactions { fold.apply(event, bytes: batch.bytes.span) }
        return isMember(segment, fold.finish(), at: day, program, judge)
    }

    private static func isMember(
        _ segment: Int, _ profile: Profile, at day: Double, _ program: SegmentProgram, _ judge: Judge
    ) -> Bool {
        var evaluator = SegmentEvaluator(program, by: judge)
        let evaluation = Evaluation(profile, at: at(day), model: judge.model, calendar: judge.calendar)
        return evaluator.evaluate(profile, evaluation, at: at(day)).segments.contains(segment)
    }
}
