import Foundation
import Interactions
import Profiles
import Scoring
import Segments
import TestSupport
import Testing

@testable import guanxi

/// Segments as people write them: every form, every mistake, and back.
@Suite struct SegmentDocuments {
    private func read(_ text: String) throws -> SegmentDocument {
        try SegmentDocument.read(text, path: "s.yaml", FoldRules())
    }

    private func problems(_ text: String) -> [String] {
        do throws(DocumentError) {
            _ = try SegmentDocument.read(text, path: "s.yaml", FoldRules())
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// The condition of one segment, written as it is.
    private func condition(_ text: String) throws -> Condition {
        let document = try read(
            """
            promotions: [{id: d11, from: 2026-11-11T00:00:00+08:00, until: 2026-11-12T00:00:00+08:00}]
            segments:
              - id: other
                when: {tag: {name: x}}
              - id: s
                when: {\(text)}
            """)
        return try #require(document.segments.first { $0.id == "s" }).condition
    }

    static let purchases = EventFilter(EventTypeSet([.purchase]))
    static let day: Int64 = 86_400_000

    static let forms: [(String, Condition)] = [
        (
            "count: {type: add_to_cart, within: 3d, at_least: 2}",
            .measure(
                Measure(.count, EventFilter(EventTypeSet([.addToCart])), .within(3 * day)), Bounds(atLeast: 2))
        ),
        (
            "count: {type: [加购, want], exactly: 0}",
            .measure(Measure(.count, EventFilter(EventTypeSet([.addToCart, .want]))), .exactly(0))
        ),
        (
            "count: {family: content, days: 30, at_least: 100, at_most: 200}",
            .measure(
                Measure(.count, EventFilter(EventType.family(.content)), .days(30)),
                Bounds(atLeast: 100, atMost: 200))
        ),
        (
            "count: {type: purchase, where: {channel: [app, 0], amount: {at_least: 12.5}, rating: 4}, at_least: 1}",
            .measure(
                Measure(
                    .count,
                    EventFilter(
                        EventTypeSet([.purchase]),
                        where: [
                            .text(.channel, ["app", "0"]), .amount(.within(Bounds(atLeast: 1250))),
                            .rating(.oneOf([400])),
                        ])), Bounds(atLeast: 1))
        ),
        (
            "sum: {type: purchase, of: amount, campaign: d11, at_least: 99.9}",
            .measure(
                Measure(.amount, purchases, .between(1_794_326_400_000, 1_794_412_800_000, promotion: "d11")),
                Bounds(atLeast: 9990))
        ),
        (
            "sum: {type: dwell, of: duration_s, within: 90s, at_most: 1.5}",
            .measure(
                Measure(.duration, EventFilter(EventTypeSet([.dwell])), .within(90_000)), Bounds(atMost: 1500))
        ),
        (
            "distinct: {type: purchase, of: category, within: 26w, at_least: 3}",
            .measure(Measure(.distinct(.category), purchases, .within(182 * day)), Bounds(atLeast: 3))
        ),
        (
            "distinct: {type: purchase, of: day, since: 2026-01-01T00:00:00Z, exactly: 1}",
            .measure(Measure(.distinctDays, purchases, .between(1_767_225_600_000, .max)), .exactly(1))
        ),
        (
            "ratio: {of: {sum: {type: purchase, of: amount}}, to: {count: {type: purchase}}, at_least: 100.5}",
            .ratio(Measure(.amount, purchases), Measure(.count, purchases), Bounds(atLeast: 100.5))
        ),
        (
            "sequence: {steps: [{type: view}, {type: purchase}], gap: 15m, within: 7d}",
            .sequence([EventFilter(EventTypeSet([.view])), purchases], gap: 900_000, .within(7 * day))
        ),
        (
            "absent: {after: {type: coupon_claim}, then: {type: purchase}, for: 3h}",
            .absent(after: EventFilter(EventTypeSet([.couponClaim])), then: purchases, longerThan: 10_800_000)
        ),
        (
            "last: {type: purchase, older_than: 60d, newer_than: 90d}",
            .last(purchases, olderThan: 60 * day, newerThan: 90 * day)
        ),
        ("score: {name: trust, at_most: 40}", .score(Score.named("trust")!, Bounds(atMost: 40))),
        (
            "percentile: {score: advocacy, top: 2.5%}",
            .percentile(Score.named("advocacy")!, Share(isTop: true, permille: 25))
        ),
        ("level: [fan, friend]", .standing(Standing(.level, rungs: 0b1100))),
        ("tier: {at_least: gold}", .standing(Standing(.tier, rungs: 0b1100))),
        ("grade: {at_least: B}", .standing(Standing(.grade, rungs: 0b11000))),
        ("lifecycle: at_risk", .standing(Standing(.lifecycle, rungs: 1 << 6))),
        ("tag: {name: vip}", .tag("vip", exists: true)),
        ("tag: {name: vip, exists: false}", .tag("vip", exists: false)),
        (
            "attribute: {name: city_tier, in: [1, \"1\", true, yes]}",
            .attribute("city_tier", .oneOf([.number(1), .text("1"), .boolean(true), .text("yes")]))
        ),
        ("attribute: {name: age, at_least: 18}", .attribute("age", .number(Bounds(atLeast: 18)))),
        ("attribute: {name: age, exists: false}", .attribute("age", .absent)),
        ("segment: other", .segment("other")),
        (
            "not: {all: [{segment: other}, {any: [{tag: {name: y}}]}]}",
            .not(.all([.segment("other"), .any([.tag("y", exists: true)])]))
        ),
    ]

    @Test(arguments: forms) func form(_ text: String, _ expected: Condition) throws {
        #expect(try condition(text) == expected)
    }

    @Test func theExampleOfEveryFormIsRead() throws {
        for form in ConditionForm.all where !form.example.contains("…") {
            let text = form.example.replacing("cart_not_bought", with: "other")
            #expect(throws: Never.self, "\(form.name)") { try condition(text) }
        }
    }

    // MARK: - Mistakes

    static let mistakes: [(String, String)] = [
        ("cuont: {}", "2:27: cuont: unknown condition; did you mean count?"),
        ("count: {type: purchase, at_lest: 1}", "count.at_lest: unknown name; did you mean at_least?"),
        ("count: {type: purchas, at_least: 1}", "type = \"purchas\": did you mean purchase?"),
        ("count: {type: tag_add, at_least: 1}", "type = \"tag_add\": accepted: an event type"),
        ("count: {type: view, family: browse, at_least: 1}", "count: needs either type or family"),
        ("count: {at_least: 1}", "count: needs either type or family"),
        ("count: {family: identity, at_least: 1}", "family = \"identity\": accepted: browse, interest"),
        ("count: {type: view}", "count: needs at_least, at_most or exactly"),
        ("count: {type: view, exactly: 1, at_least: 1}", "count.exactly = \"1\": stands alone"),
        ("count: {type: view, at_least: 1.5}", "count.at_least = \"1.5\": accepted: a whole number"),
        ("count: {type: view, at_least: 3, at_most: 2}", "must not be less than at_least"),
        (
            "count: {type: view, within: 0d, at_least: 1}",
            "within = \"0d\": accepted: a whole number of s, m, h, d or w"
        ),
        ("count: {type: view, within: 99999d, at_least: 1}", "within = \"99999d\": accepted"),
        ("count: {type: view, within: 3x, at_least: 1}", "within = \"3x\": accepted"),
        ("count: {type: view, within: 1d, days: 1, at_least: 1}", "window: at most one of within, days"),
        ("count: {type: view, days: 401, at_least: 1}", "days = \"401\": accepted: a whole number from 1 to 400"),
        ("count: {type: view, days: 7, where: {item: a}, at_least: 1}", "takes no `where`"),
        ("count: {type: view, campaign: d12, at_least: 1}", "campaign = \"d12\": did you mean d11?"),
        (
            "count: {type: view, since: 2026-01-01, at_least: 1}",
            "since = \"2026-01-01\": accepted: an instant with offset"
        ),
        (
            "count: {type: view, since: 2026-01-02T00:00:00Z, until: 2026-01-01T00:00:00Z, at_least: 1}",
            "until = \"2026-01-01T00:00:00Z\": must be later than since"
        ),
        (
            "count: {type: view, within: 1d, at_least: 100}",
            "the timeline keeps 32: count calendar days (days: N) or raise timeline.keep"
        ),
        ("count: {type: view, within: 1d, at_most: 32}", "needs 33 events of view"),
        (
            "count: {type: ask, within: 1d, exactly: 128}",
            "keeps 128: count calendar days (days: N) or raise timeline.keep_long"
        ),
        ("count: {type: view, where: {colour: red}, at_least: 1}", "where.colour: unknown name"),
        ("count: {type: view, where: {amount: 1.234}, at_least: 1}", "accepted: a number with at most 2 decimals"),
        ("count: {type: view, where: {item: {at_least: 1}}, at_least: 1}", "must be text"),
        ("sum: {type: purchase, at_least: 1}", "of: must be given"),
        ("sum: {type: purchase, of: money, at_least: 1}", "sum.of = \"money\": accepted: amount, quantity, duration_s"),
        ("distinct: {type: purchase, of: city, at_least: 1}", "accepted: item, category, brand, channel, day"),
        (
            "ratio: {of: {count: {type: view, at_least: 1}}, to: {count: {type: view}}, at_least: 1}",
            "ratio.of.at_least: unknown name"
        ),
        (
            "ratio: {of: {last: {type: view}}, to: {count: {type: view}}, at_least: 1}",
            "must be {count: {…}} or {sum: {…}}"
        ),
        ("sequence: {steps: [{type: view}]}", "sequence.steps: are 1; accepted: two to five"),
        ("absent: {after: {type: view}, for: 1d}", "then: must be given"),
        ("last: {type: view}", "needs older_than, newer_than, or both"),
        ("last: {type: view, older_than: 2d, newer_than: 1d}", "must be more than older_than"),
        ("score: {name: trsut, at_least: 1}", "name = \"trsut\": did you mean trust?"),
        ("score: {name: trust, at_least: .nan}", "accepted: a number"),
        ("percentile: {score: trust, top: 0%}", "top = \"0%\": accepted: 0.1% to 99.9%"),
        ("percentile: {score: trust, top: 5%, bottom: 5%}", "needs one of top and bottom"),
        ("level: {at_most: fan}", "must be a list, or {at_least: …}"),
        ("lifecycle: {at_least: new}", "must be a list: stages have no order"),
        ("level: [fen]", "level = \"fen\": accepted: visitor, interactor, fan"),
        ("level: []", "must name one or more"),
        ("tag: {exists: maybe}", "exists = \"maybe\": accepted: true, false"),
        ("attribute: {name: a}", "needs one of is, in, exists"),
        ("attribute: {name: a, is: null}", "exists: false asks for a missing one"),
        ("all: []", "must have one condition or more"),
        ("not: [{tag: {name: x}}]", "must be one condition"),
        ("segment: nobody", "no segment of this document has the id"),
        ("segment: othr", "segment = \"othr\": did you mean other?"),
        ("segment: s", "a segment cannot ask for itself"),
    ]

    @Test(arguments: mistakes) func mistake(_ text: String, _ expected: String) {
        let found = problems(
            """
            promotions: [{id: d11, from: 2026-11-11T00:00:00+08:00, until: 2026-11-12T00:00:00+08:00}]
            segments: [{id: s, when: {\(text)}}, {id: other, when: {tag: {name: x}}}]
            """)
        #expect(found.contains { $0.hasPrefix("s.yaml:2:") && $0.contains(expected) }, "\(found)")
    }

    static let documents: [(String, String)] = [
        ("", "s.yaml: is empty"),
        ("[]", "must be a mapping with `segments:`"),
        ("segmints: []", "segmints: unknown name; did you mean segments?"),
        ("segments: {}", "segments: must be a list"),
        ("segments: [{when: {tag: {name: x}}}]", "id: must be given"),
        ("segments: [{id: A, when: {tag: {name: x}}}]", "id = \"A\": accepted: 1 to 64 of a to z, 0 to 9 and _"),
        ("segments: [{id: a}]", "when: must be given"),
        (
            "segments: [{id: a, when: {tag: {name: x}}}, {id: a, when: {tag: {name: x}}}]",
            "s.yaml:1:50: id = \"a\": is given more than once"
        ),
        ("segments: [{id: a, id: b}]", "given more than once"),
        (
            "segments: [{id: a, when: {segment: b}}, {id: b, when: {segment: c}}, {id: c, when: {segment: a}}]",
            "is a cycle: a → b → c → a"
        ),
        ("segments: [{id: a, when: &x {tag: {name: x}}}, {id: b, when: *x}]", "anchors and aliases are not accepted"),
        ("segments: [{id: a, when: {tag: {name: x", "not YAML"),
        (bomb, "anchors and aliases are not accepted"),
        ("promotions: [{id: a, from: 2026-01-02T00:00:00Z, until: 2026-01-01T00:00:00Z}]", "must be later than `from`"),
        ("promotions: [{id: a}]", "promotions.from: must be given"),
        (String(repeating: "[", count: 100_000), "not YAML"),
        (String(repeating: "#", count: 1 << 21), "longer than 1 MiB"),
    ]

    /// Written out it has three thousand million nodes.
    static let bomb = "abcdefghij".reduce(into: "_: &_ [x]") { text, name in
        let before = text.split(separator: "\n").last!.first!
        text += "\n\(name): &\(name) [\([String](repeating: "*\(before)", count: 9).joined(separator: ", "))]"
    }

    @Test(arguments: documents) func document(_ text: String, _ expected: String) {
        let found = problems(text)
        #expect(found.contains { $0.contains(expected) }, "\(found)")
    }

    @Test func everyMistakeIsToldAtOnce() {
        let found = problems(
            """
            segments:
              - id: a
                when: {count: {type: vieww, within: 0d, at_least: x}}
              - id: B
                when: {score: {name: trust}}
            """)
        #expect(found.count == 5, "\(found)")
    }

    @Test func theLimitsAreKept() {
        func nested(_ depth: Int) -> String {
            "segments: [{id: a, when: "
                + String(repeating: "{not: ", count: depth - 1) + "{tag: {name: x}}"
                + String(repeating: "}", count: depth - 1) + "}]"
        }
        #expect(problems(nested(Segment.deepest)) == [])
        #expect(problems(nested(Segment.deepest + 1)).contains { $0.contains("nested deeper than 16") })
        func wide(_ count: Int) -> String {
            "segments: [{id: a, when: {any: ["
                + [String](repeating: "{tag: {name: x}}", count: count - 1).joined(separator: ", ") + "]}}]"
        }
        #expect(problems(wide(Segment.mostConditions)) == [])
        #expect(problems(wide(Segment.mostConditions + 1)).contains { $0.contains("has 65 conditions") })
        func many(_ count: Int) -> String {
            "segments:\n" + (0..<count).map { "  - {id: s\($0), when: {tag: {name: x}}}\n" }.joined()
        }
        #expect(problems(many(Segment.most)) == [])
        #expect(problems(many(Segment.most + 1)).contains { $0.contains("are 1001; at most 1000") })
    }

    /// A thousand segments, each naming the two before it: as many ways through them as there are atoms in the world.
    @Test func manyWaysAreWalkedOnce() throws {
        let text =
            "segments:\n  - {id: s0, when: {tag: {name: x}}}\n  - {id: s1, when: {segment: s0}}\n"
            + (2..<Segment.most).map { number in
                "  - {id: s\(number), when: {any: [{segment: s\(number - 1)}, {segment: s\(number - 2)}]}}\n"
            }.joined()
        let document = try read(text)
        let program = SegmentProgram(document.segments)
        let judge = Judge(model: .standard, calibration: nil, calendar: .utc)
        var evaluator = SegmentEvaluator(program, by: judge)
        let evaluation = Evaluation(Profile(), at: 0, model: .standard, calendar: .utc)
        #expect(evaluator.evaluate(Profile(), evaluation, at: 0).segments.indices.isEmpty)
        let why = evaluator.explain("s99", Profile(), evaluation, at: 0)
        #expect(why?.holds == false)
        let ring = text.replacing("{tag: {name: x}}", with: "{segment: s999}")
        #expect(problems(ring).count == 1 && problems(ring)[0].contains("is a cycle: "))
    }

    // MARK: - Writing

    @Test(arguments: Seeds.all(100)) func whatIsWrittenReadsTheSame(_ seed: UInt64) throws {
        var maker = RandomSegments(SplitMix(seed: seed), isWritable: true)
        let segments = maker.segments(12)
        let document = try SegmentDocument.complete(segments)
        let text = SegmentWriter(document).text()
        let again = try read(text)
        #expect(again.segments == document.segments, "seed \(seed)\n\(text)")
        #expect(SegmentWriter(again).text(original: text) == text, "seed \(seed)")
    }

    @Test func commentsStayWithTheirSegment() throws {
        let text = """
            # What marketing uses.
            segments:
              # Call them.
              - {id: a, name: "no # comment", when: {tag: {name: x}}}   # on a line
              - id: b
                # inside
                when: {tag: {name: it's}}
            # the end
            """
        #expect(
            SegmentWriter(try read(text)).text(original: text) == """
                # What marketing uses.
                segments:
                  # Call them.
                  # on a line
                  - id: a
                    name: "no # comment"
                    when:
                      tag: {name: x}

                  # inside
                  - id: b
                    when:
                      tag: {name: "it's"}
                # the end

                """)
    }

    @Test func thePageHoldsTheLanguage() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appending(path: "docs/segments.md"), encoding: .utf8)
        #expect(page.contains(SegmentSchema.reference), "guanxi definitions forms prints what belongs there")
    }

    @Test func theSchemaIsJSONAndNamesEveryForm() throws {
        let text = SegmentSchema.schema.text(isPretty: true)
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let definitions = try #require(object["$defs"] as? [String: Any])
        let condition = try #require((definitions["condition"] as? [String: Any])?["properties"] as? [String: Any])
        #expect(Set(condition.keys) == Set(ConditionForm.all.map(\.name)))
    }
}

extension SegmentDocument {
    /// A document of these segments, and of what they name that is not among them.
    fileprivate static func complete(_ segments: [Segment]) throws -> SegmentDocument {
        let missing = Set(segments.flatMap(\.condition.named)).subtracting(segments.map(\.id)).sorted()
        let all = segments + missing.map { Segment(id: $0, name: $0, condition: .tag("x", exists: true)) }
        var document = try SegmentDocument.read(
            "segments: []", path: "s.yaml", FoldRules())
        document.segments = all.map { Segment(id: $0.id, name: $0.id, condition: $0.condition) }
        return document
    }
}
