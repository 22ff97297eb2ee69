import Foundation
import Ingest
import Profiles
import Scoring
import Testing
import Traffic

@testable import guanxi

/// Models and calibrations put into force while workers run.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct DefinitionsTests {
    /// What a command of the program answers for the deployment.
    private func guanxi(_ deployment: Deployment, _ arguments: String...) async -> Int32 {
        await Program.run(
            arguments + ["--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)"])
    }

    private func calibration(_ deployment: Deployment, _ version: Int) throws -> CalibrationDocument {
        let rows = try deployment.rows(
            "SELECT document::text FROM calibration WHERE version = $1::bigint", [.int(Int64(version))])
        return try CalibrationDocument.read(rows.string(0, 0))
    }

    /// Fader, Hardie and Lee 2005; Batislam, Denizel and Filiztekin 2007; Fader and Hardie 2013: the parameters of the
    /// published log, at full precision.
    @Test func calibratingCDNOWGivesThePublishedParameters() async throws {
        let purchases = try CDNOW.purchases(CDNOWTests.text("CDNOW_sample.txt"))
        let deployment = try Deployment("calibrate")
        let worker = try RunningWorker(deployment)
        for purchase in purchases where purchase.date <= CDNOWTests.calibrationEnd {
            try deployment.write(purchase.value, key: purchase.key)
        }
        try await deployment.folded()
        #expect(await guanxi(deployment, "calibrate", "--at", "1997-09-30") == 0)
        #expect(await guanxi(deployment, "calibrate", "--at", "1997-09-30", "--model", "bg_nbd") == 0)

        let mbg = try calibration(deployment, 1)
        #expect((mbg.people, mbg.buyers) == (2357, 2357))
        let fit = try #require(mbg.repeatBuying)
        #expect(fit.kind == "mbg_nbd" && fit.converged && fit.customers == 2357 && fit.repeatBuyers == 946)
        for (found, published) in zip([fit.r, fit.alpha, fit.a, fit.b], [0.52483802, 6.18299, 0.891356, 1.613999]) {
            #expect(abs(found / published - 1) < 1e-3)
        }
        #expect(abs(fit.logLikelihood + 9582.1327) < 0.01)
        let spend = try #require(mbg.orderValue)
        #expect(spend.converged && spend.repeatBuyers == 946)
        for (found, published) in zip([spend.p, spend.q, spend.v], [6.249572, 3.744225, 15.443523]) {
            #expect(abs(found / published - 1) < 1e-3)
        }
        #expect(abs(spend.logLikelihood + 4055.9177) < 0.01)

        let bg = try #require(calibration(deployment, 2).repeatBuying)
        #expect(bg.kind == "bg_nbd" && bg.converged)
        for (found, published) in zip([bg.r, bg.alpha, bg.a, bg.b], [0.242595, 4.413602, 0.792922, 2.425907]) {
            #expect(abs(found / published - 1) < 1e-3)
        }
        #expect(abs(bg.logLikelihood + 9582.4292) < 0.01)
        for (found, published) in zip(bg.standardErrors, [0.012557, 0.378221, 0.185719, 0.705345]) {
            #expect(abs(found / published - 1) < 5e-3)
        }

        // Quintiles, straight from the file.
        let recent = Dictionary(grouping: purchases.filter { $0.date <= CDNOWTests.calibrationEnd }, by: \.customer)
            .values
        func quintiles(_ values: [Int64]) -> [Int64] {
            let sorted = values.sorted()
            return [20, 40, 60, 80].map { sorted[($0 * sorted.count + 99) / 100 - 1] }
        }
        #expect(mbg.rfm.frequency == quintiles(recent.map { Int64($0.count) }))
        #expect(mbg.rfm.monetary == quintiles(recent.map { $0.reduce(0) { $0 + Int64($1.cents) } }))
        #expect(
            mbg.rfm.recency
                == quintiles(
                    recent.map { own in
                        (.date(CDNOWTests.calibrationEnd) - own.map { .date($0.date) }.max()!) / .day
                    }))

        // Cut-offs of a score that follows from the file alone: discrete percentiles of how often each has bought.
        let cuts = try #require(calibration(deployment, 2).percentiles?.first { $0.score == "purchases" })
        let orders = recent.map(\.count).sorted()
        #expect(cuts.people == orders.count)
        #expect(cuts.cuts == (1...999).map { Double(orders[($0 * orders.count + 999) / 1000 - 1]) })

        // The worker has taken the second over by itself, and everybody is judged by it.
        try await deployment.until("everybody is evaluated with the calibration") {
            try deployment.number("SELECT count(*) FROM profile WHERE calibration = 2 AND p_alive IS NOT NULL") == 2357
        }
        try await worker.drain()
    }

    @Test func aModelIsTakenOverWithoutARestart() async throws {
        let deployment = try Deployment("apply")
        var reference = Reference(deployment.rules, now: .now)
        let worker = try RunningWorker(deployment) { $0.reviewLimit = 100 }
        var plan = TrafficPlan.test(events: 3000, customers: 500)
        try deployment.play(plan, &reference)
        try await deployment.folded()

        var model = ScoringModel.standard
        model.engagementHalfLife = 3
        model.strength.recency = 0.35
        model.strength.frequency = 0.15
        model.tiers.silver = 100
        model.points = [PointsRule(.view, .each(points: 3, cap: 2)), PointsRule(.purchase, .perUnit(points: 2))]
        let file = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try model.document.write(to: file, atomically: true, encoding: .utf8)
        #expect(await guanxi(deployment, "apply", file.path, "--check") == 0)
        #expect(try deployment.number("SELECT count(*) FROM definition") == 0)
        #expect(await guanxi(deployment, "apply", file.path) == 0)
        // Events go on meanwhile.
        plan.wave = 2
        try deployment.play(plan, &reference)
        try await deployment.folded()
        let people = try deployment.number("SELECT count(*) FROM profile")
        try await deployment.until("everybody is evaluated with the model") {
            try deployment.number("SELECT count(*) FROM profile WHERE definitions = 1") == people
        }
        try deployment.equals(reference)

        // Each row is what the model says of the profile at the row's instant.
        let rows = try deployment.rows("SELECT state, evaluated_at, relationship_strength, tier FROM profile")
        var different = 0
        for row in 0..<rows.count {
            let expected = Evaluation(
                try Profile(decoding: rows.bytes(row, 0).span), at: rows.instant(row, 1), model: model,
                calendar: deployment.rules.calendar)
            if expected.relationshipStrength != rows.double(row, 2) || expected.tier.name != rows.string(row, 3) {
                different += 1
            }
        }
        #expect(different == 0)
        #expect(try deployment.number("SELECT count(*) FROM profile WHERE tier >= 'silver'") > 0)
        #expect(
            try deployment.number(
                "SELECT count(*) FROM transition WHERE dimension = 'tier' AND cause = 'definition' AND definitions = 1")
                > 0)
        #expect(try deployment.number("SELECT engagement_half_life FROM decay") == 3)
        let rules = try deployment.rows("SELECT DISTINCT rule FROM points WHERE kind = 'earned' ORDER BY rule")
        #expect((0..<rules.count).map { rules.string($0, 0) } == ["purchase", "view"])
        #expect(try deployment.number("SELECT count(*) FROM backfill WHERE NOT done") == 0)

        // All columns, the ledger and the transitions, by another road.
        try await worker.drain()
        #expect(
            await guanxi(
                deployment, "audit", "--kafka", Services.kafka, "--set", "kafka.topic=\(deployment.name)", "--set",
                "kafka.session_timeout=6s", "--set", "kafka.heartbeat=1s") == 0)

        // A document with a mistake changes nothing.
        try "engagement: {half_life_days: -1}".write(to: file, atomically: true, encoding: .utf8)
        #expect(await guanxi(deployment, "apply", file.path) == 2)
        #expect(try deployment.number("SELECT max(version) FROM definition") == 1)
    }

    @Test func theCardSaysWhatEachNumberMeans() async throws {
        let deployment = try Deployment("meaning", partitions: 1)
        let worker = try RunningWorker(deployment)
        for (number, event) in [
            #""type":"purchase","amount":12.5,"category":"tea""#, #""type":"follow","channel":"app""#,
            #""type":"review","rating":5"#, #""type":"points_redeem","quantity":20"#,
        ].enumerated() {
            let time = Int64.now - 5000 + Int64(number)
            try deployment.write(#"{"event_id":"\#(number)","customer":"crm:1","occurred_at":\#(time),\#(event)}"#)
        }
        try await deployment.folded()
        let options = try ConfigurationOptions.parse([
            "--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)",
        ])
        let database = try Database(options.load(environment: [:]), purpose: "card")
        let card = try #require(try Card.read("crm:1", from: database, newest: 10))
        #expect(card.lines.map(\.name) == CardField.all.map(\.name))
        #expect(card.lines.filter(\.meaning.isEmpty).map(\.name) == [])
        func text(_ name: String) -> String? { card.lines.first { $0.name == name }?.text }
        #expect(text("level") == "customer 客户")
        #expect(text("monetary") == "12.50")
        // 25 · ((3 · 3 + 5) / (3 + 1) − 1).
        #expect(text("satisfaction") == "62.5")
        #expect(text("grade") == "—")
        #expect(text("top_categories") == "tea")
        // Twelve for the purchase, ten for the follow, twenty for the review; twenty redeemed.
        #expect(text("points_balance") == "22")
        #expect(card.points.map(\.spent).reduce(0, +) == 40)
        #expect(card.events.count == 4)
        #expect(card.transitions.map(\.to).contains("customer"))
        try await worker.drain()
    }

    @Test func whoNeverBoughtSupportsNoFit() async throws {
        let deployment = try Deployment("refuse", partitions: 1)
        let worker = try RunningWorker(deployment)
        for number in 0..<20 {
            try deployment.write(
                """
                {"event_id":"\(number)","type":"\(number < 10 ? "purchase" : "view")","amount":5,\
                "occurred_at":\(Int64.now - 86_400_000),"customer":"crm:\(number)"}
                """)
        }
        try await deployment.folded()
        #expect(await guanxi(deployment, "calibrate") == 1)
        #expect(try deployment.number("SELECT count(*) FROM calibration") == 0)
        #expect(await guanxi(deployment, "calibrate", "--partial", "--dry-run") == 0)
        #expect(try deployment.number("SELECT count(*) FROM calibration") == 0)
        #expect(await guanxi(deployment, "calibrate", "--partial") == 0)
        let document = try calibration(deployment, 1)
        #expect(document.repeatBuying == nil && document.orderValue == nil)
        #expect(document.rfm.monetary == [500, 500, 500, 500])
        try await deployment.until("buyers are graded") {
            try deployment.number("SELECT count(*) FROM profile WHERE grade = 'C' AND p_alive IS NULL") == 10
        }
        try await worker.drain()
    }
}
