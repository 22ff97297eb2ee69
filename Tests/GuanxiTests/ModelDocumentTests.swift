import Foundation
import Interactions
import Scoring
import TestSupport
import Testing

@testable import guanxi

@Suite struct ModelDocuments {
    private func problems(_ text: String) -> [String] {
        do throws(DocumentError) {
            _ = try ModelDocument.read(text, path: "model.yaml")
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    /// The lines with every section that is not among them, so that only what is under test is wrong.
    private func whole(_ text: String) -> String {
        let given = Set(
            text.split(separator: "\n").compactMap { $0.first == " " ? nil : $0.split(separator: ":").first })
        return ([text] + ModelField.sections.filter { !given.contains($0[...]) }.map { "\($0): {}" })
            .joined(separator: "\n")
    }

    @Test func theDocumentOfAModelIsTheModel() throws {
        #expect(try ModelDocument.read(ScoringModel.standard.document, path: "model.yaml") == .standard)
        #expect(problems(whole("")) == [])
        #expect(try ModelDocument.read(whole(""), path: "model.yaml") == .standard)
    }

    @Test func theCommittedDocumentIsTheModel() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try String(contentsOf: root.appending(path: "docs/scoring-model.yaml"), encoding: .utf8)
        #expect(committed == ScoringModel.standard.document, "guanxi definitions --built-in > docs/scoring-model.yaml")
    }

    @Test(arguments: Seeds.all(40)) func anyModelIsItsDocument(_ seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        var model = ScoringModel.standard
        for field in ModelField.all {
            switch field.target {
            case .number(let path, let range) where field.section != "strength":
                model[keyPath: path] = .random(
                    in: max(0.25, range.lowerBound)...min(range.upperBound, 900), using: &random)
            case .weights(let path, let types):
                for entry in EventType.catalogue where types.contains(entry.type) && Bool.random(using: &random) {
                    model[keyPath: path][Int(entry.type.rawValue)] = Double.random(in: 0...50, using: &random).rounded()
                }
            default: break
            }
        }
        model.channels = ["app": 2, "weibo": 0.25, "0": 1]
        model.activityDays = .random(in: 1...400, using: &random)
        model.tiers.basis = Bool.random(using: &random) ? .points : .spend
        model.tiers.silver = 100 * .random(in: 1...1000, using: &random)
        model.points = [
            PointsRule(.purchase, .perUnit(points: 3)), PointsRule(.view, .each(points: 2, cap: nil)),
            PointsRule(.follow, .oncePerChannel(points: 7)),
        ]
        #expect(try ModelDocument.read(model.document, path: "model.yaml") == model, "seed \(seed)")
    }

    @Test func oneMistakeEach() {
        for (text, expected) in [
            (
                "engagement:\n  half_life_days: -1",
                "model.yaml:2:19: engagement.half_life_days = \"-1\": accepted: a number from 0.01 to 36500.0"
            ),
            (
                "engagement:\n  half_life_days: fortnight",
                "model.yaml:2:19: engagement.half_life_days = \"fortnight\": accepted: a number from 0.01 to 36500.0"
            ),
            (
                "engagement:\n  half_live_days: 14",
                "model.yaml:2:3: engagement.half_live_days: unknown name; did you mean half_life_days?"
            ),
            ("trusty: {}\ntrust: {}", "model.yaml:1:1: trusty: unknown name; did you mean trust?"),
            (
                "engagement:\n  weights: {purchse: 3}",
                "model.yaml:2:13: engagement.weights.purchse: unknown name; did you mean purchase?"
            ),
            (
                "engagement:\n  weights: {purchase: .nan}",
                "model.yaml:2:23: engagement.weights.purchase = \".nan\": accepted: a number from 0.0 to 1000.0"
            ),
            (
                "engagement:\n  weights: {purchase: [1]}",
                "model.yaml:2:23: engagement.weights.purchase: accepted: a number from 0.0 to 1000.0"
            ),
            (
                "activity:\n  days: 1.5",
                "model.yaml:2:9: activity.days = \"1.5\": accepted: a whole number from 1 to 400"
            ),
            (
                "strength:\n  recency: 0.5",
                "model.yaml: strength.depth: the five weights of strength add up to 1.250, not to 1"
            ),
            (
                "lifecycle:\n  lapsed_days: 60",
                "model.yaml:2:16: lifecycle.lapsed_days: must be more than lifecycle.active_days (90)"
            ),
            ("tier:\n  by: loyalty", "model.yaml:2:7: tier.by = \"loyalty\": accepted: spend, points"),
            (
                "tier:\n  gold: 100",
                "model.yaml: tier.platinum: silver, gold and platinum must ascend"
            ),
            (
                "points:\n  rules: {view: {per_unit: 1}}",
                "model.yaml:2:17: points.rules.view: accepted: {points: n}, {points: n, cap: n}; per_unit on purchase, "
                    + "once_per_channel on follow alone"
            ),
            ("advocacy: 5", "model.yaml:1:11: advocacy: must be a section with names below it"),
        ] {
            #expect(problems(whole(text)) == [expected])
        }
    }

    @Test func everyMistakeAtOnce() {
        let found = problems(
            """
            engagement:
              half_life_days: 0
              weights: {vew: 1, view: much}
            stength: {}
            points:
              expire_days: never
            """)
        #expect(
            found.prefix(5) == [
                "model.yaml:2:19: engagement.half_life_days = \"0\": accepted: a number from 0.01 to 36500.0",
                "model.yaml:3:13: engagement.weights.vew: unknown name; did you mean view?",
                "model.yaml:3:27: engagement.weights.view = \"much\": accepted: a number from 0.0 to 1000.0",
                "model.yaml:4:1: stength: unknown name; did you mean strength?",
                "model.yaml:6:16: points.expire_days = \"never\": accepted: a whole number from 1 to 3650",
            ])
        let missing = ModelField.sections.filter { !["engagement", "points"].contains($0) }
        #expect(
            found.dropFirst(5)
                == missing.map { "model.yaml: \($0): the section is missing; `\($0): {}` takes its defaults" }[...])
    }

    @Test func whatIsNoDocument() {
        #expect(problems("") == ["model.yaml: is empty"])
        #expect(problems("- 1") == ["model.yaml:1:1: must be a mapping of sections, such as engagement:"])
        let broken = problems("engagement: {")
        #expect(broken.count == 1 && broken[0].contains("not YAML"))
        let twice = problems("trust: {}\ntrust: {}")
        #expect(twice.count == 1 && twice[0].contains("not YAML"))
        #expect(problems(String(repeating: "#", count: 1 << 20 + 1)).count == 1)
    }
}
