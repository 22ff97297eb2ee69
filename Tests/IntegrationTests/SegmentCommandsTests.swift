import Foundation
import Ingest
import Profiles
import Scoring
import Testing

@testable import guanxi

/// `plan` and `explain` over what a worker has stored.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct SegmentCommandsTests {
    private static let text = """
        segments:
          - id: lookers
            when: {count: {type: view, at_least: 2}}
          - id: buyers
            when: {score: {name: purchases, at_least: 1}}
          - id: lookers_not_buyers
            when: {all: [{segment: lookers}, {not: {segment: buyers}}]}
        """

    @Test func planCountsAndExplainSaysWhy() async throws {
        let deployment = try Deployment("segments")
        let worker = try RunningWorker(deployment)
        let now = Int64.now
        for (customer, types) in [
            ("crm:1", ["view", "view"]), ("crm:2", ["view", "view", "purchase"]), ("crm:3", ["like"]),
        ] {
            for (number, type) in types.enumerated() {
                try deployment.write(
                    """
                    {"event_id": "\(customer) \(number)", "type": "\(type)", "customer": "\(customer)",
                     "occurred_at": \(now - 1000 + Int64(number)), "amount": 12.5}
                    """, key: customer)
            }
        }
        try await deployment.folded()

        let configuration = try Self.configuration(deployment)
        let database = try Database(configuration, purpose: "test")
        let document = try SegmentDocument.read(Self.text, path: "s.yaml", configuration.rules)
        let plan = try SegmentPlan(document, database, configuration, sample: 2)
        #expect(plan.people == 3)
        #expect(plan.sizes.map(\.segment.id) == ["lookers", "buyers", "lookers_not_buyers"])
        #expect(plan.sizes.map(\.members) == [2, 1, 1])
        #expect(plan.sizes.map(\.sample) == [["crm:1", "crm:2"], ["crm:2"], ["crm:1"]])
        #expect(plan.text.contains("3 people evaluated"))

        // As a user: what is there, what is not, and a file with a mistake.
        let file = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).yaml").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Self.text.write(toFile: file, atomically: true, encoding: .utf8)
        func guanxi(_ arguments: String...) async -> Int32 {
            await Program.run(
                arguments + ["--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)"])
        }
        #expect(await guanxi("plan", file, "--sample", "1") == 0)
        #expect(await guanxi("explain", "crm:1", "--file", file) == 0)
        #expect(await guanxi("explain", "crm:2", "lookers_not_buyers", "--file", file, "--output", "json") == 0)
        #expect(await guanxi("explain", "crm:2", "lokers", "--file", file) == 2)
        #expect(await guanxi("explain", "crm:9", "--file", file) == 1)
        try Self.text.replacing("view", with: "veiw").write(toFile: file, atomically: true, encoding: .utf8)
        #expect(await guanxi("plan", file) == 2)
        #expect(try deployment.number("SELECT count(*) FROM profile") == 3)
        try await worker.drain()
    }

    private static func configuration(_ deployment: Deployment) throws -> Configuration {
        let options = try ConfigurationOptions.parse([
            "--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)",
        ])
        return try options.load()
    }
}
