import Foundation
import Ingest
import Postgres
import Synchronization
import Testing
import Traffic

@testable import guanxi

/// Segments put into force while workers run, on the real broker and the real database.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct SegmentActivationTests {
    private func guanxi(_ deployment: Deployment, _ arguments: String...) async -> Int32 {
        await Program.run(
            arguments + ["--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)"])
    }

    private func audit(_ deployment: Deployment) async -> Int32 {
        await guanxi(
            deployment, "audit", "--kafka", Services.kafka, "--set", "kafka.topic=\(deployment.name)", "--set",
            "kafka.session_timeout=6s", "--set", "kafka.heartbeat=1s")
    }

    private static let first = """
        segments:
          - id: lookers
            when: {count: {type: view, at_least: 2}}
          - id: buyers
            when: {score: {name: purchases, at_least: 1}}
          - id: lookers_not_buyers
            when: {all: [{segment: lookers}, {not: {segment: buyers}}]}
        """
    /// One as it was in other words, one changed, one removed, one new.
    private static let second = """
        segments:
          - id: buyers
            name: 买家
            when: {score: {name: purchases, at_least: 1.0}}
          - id: lookers
            when: {count: {type: view, at_most: 1}}
          - id: everybody
            when: {any: [{segment: buyers}, {not: {segment: buyers}}]}
        """

    private func count(_ deployment: Deployment, _ segment: String) throws -> Int {
        try deployment.number("SELECT count(*) FROM membership WHERE segment = '\(segment)'")
    }

    @Test func readersSeeTheOldSegmentOrTheNewOne() async throws {
        let deployment = try Deployment("activate")
        var reference = Reference(deployment.rules, now: .now)
        let workers = try [
            RunningWorker(deployment, "a") { $0.reviewLimit = 40 },
            RunningWorker(deployment, "b") { $0.reviewLimit = 40 },
        ]
        let file = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        var plan = TrafficPlan.test(events: 3000, customers: 800)
        try deployment.play(plan, &reference)
        try Self.first.write(to: file, atomically: true, encoding: .utf8)
        #expect(await guanxi(deployment, "apply", file.path, "--check") == 0)
        #expect(try deployment.number("SELECT count(*) FROM segment") == 0)
        // In the middle of the traffic.
        #expect(await guanxi(deployment, "apply", file.path) == 0)
        plan.wave = 2
        try deployment.play(plan, &reference)
        try await deployment.folded()
        #expect(await guanxi(deployment, "apply", file.path, "--wait") == 0)
        #expect(
            try deployment.number("SELECT max(version) FROM definition") == 1, "the same document is no new version")
        try await deployment.until("segments are seen") {
            try deployment.number("SELECT count(*) FROM segment WHERE state = 'current'") == 3
        }
        try deployment.equals(reference)
        let people = try deployment.number("SELECT count(*) FROM profile")
        let buyers = try deployment.number("SELECT count(*) FROM profile WHERE purchases > 0")
        let lookers = try count(deployment, "lookers")
        #expect(try count(deployment, "buyers") == buyers && buyers > 0)
        #expect(lookers > 0 && lookers < people && lookers != people - lookers)
        #expect(await audit(deployment) == 0)

        // Nothing else changes meanwhile, so whatever a reader sees is one of two numbers.
        let seen = Mutex<Set<Int>>([])
        let isOver = Mutex(false)
        let reader = try Deployment.reader(deployment)
        let reading = Thread {
            while !isOver.withLock({ $0 }) {
                let rows: Rows
                do {
                    rows = try reader.query("size", "SELECT count(*) FROM membership WHERE segment = 'lookers'")
                } catch {
                    Issue.record(error)
                    return
                }
                let count = Int(rows.int(0, 0))
                seen.withLock { _ = $0.insert(count) }
            }
        }
        reading.start()
        try Self.second.write(to: file, atomically: true, encoding: .utf8)
        #expect(await guanxi(deployment, "apply", file.path) == 0)
        #expect(try count(deployment, "lookers_not_buyers") == 0, "the removed one is empty at once")
        // Whatever the workers are at: their connections break.
        for _ in 0..<3 {
            try await Task.sleep(for: .milliseconds(60))
            _ = try deployment.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name LIKE 'guanxi \(deployment.name)-%'
                """)
        }
        try await deployment.until("the new segments are seen") {
            try deployment.number("SELECT count(*) FROM segment WHERE state = 'preparing'") == 0
        }
        try await Task.sleep(for: .milliseconds(50))
        isOver.withLock { $0 = true }
        #expect(seen.withLock { $0 } == [lookers, people - lookers])
        #expect(try count(deployment, "buyers") == buyers)
        #expect(try count(deployment, "everybody") == people)
        #expect(try deployment.number("SELECT count(*) FROM transition WHERE \"from\" = 'buyers'") == 0)
        #expect(
            try deployment.number("SELECT count(*) FROM transition WHERE \"to\" = 'buyers'") == buyers,
            "the one that means the same was not touched")
        #expect(
            try deployment.number(
                "SELECT count(*) FROM transition WHERE \"from\" = 'lookers' AND cause = 'definition'") == lookers)
        #expect(
            try deployment.number(
                "SELECT count(*) FROM transition WHERE \"from\" = 'lookers_not_buyers' AND cause = 'definition'") > 0)
        try await deployment.until("what is left of the old ones is gone") {
            try deployment.number("SELECT count(*) FROM segment WHERE state = 'retired'") == 0
        }
        #expect(
            try deployment.number("SELECT count(*) FROM segment_member") == people - lookers + buyers + people)
        #expect(try deployment.rows("SELECT name FROM segment WHERE id = 'buyers'").string(0, 0) == "买家")
        #expect(await audit(deployment) == 0)

        for worker in workers { try await worker.drain() }

        // A program that reads a segment otherwise does not evaluate it.
        try deployment.execute("UPDATE segment SET digest = 'other' WHERE id = 'buyers'")
        let edition = Edition(Versions(definitions: 9))
        let refusal = #expect(throws: StoreError.self) {
            try deployment.store("c").definitions(otherThan: edition)
        }
        #expect(refusal?.disposition == .stop && refusal?.description.contains("segment buyers of version 1") == true)
        #expect(
            try deployment.number("SELECT count(*) FROM segment_freshness WHERE last_error LIKE '%buyers%'") == 3)
    }

    /// With no event: the instant is exact, and the row comes soon after.
    @Test func aWindowEndsByItself() async throws {
        let deployment = try Deployment("timer", partitions: 1)
        let worker = try RunningWorker(deployment)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        try "segments: [{id: hot, when: {count: {type: view, within: 2s, at_least: 1}}}]".write(
            to: file, atomically: true, encoding: .utf8)
        #expect(await guanxi(deployment, "apply", file.path) == 0)
        try await worker.joined()
        try await deployment.until("the segment is seen") {
            try deployment.number("SELECT count(*) FROM segment WHERE state = 'current'") == 1
        }
        // On a machine that is busy with other things, an event may be folded when its window is over already.
        var time: Int64 = 0
        var number = 0
        repeat {
            number += 1
            time = .now
            try deployment.write(
                #"{"event_id":"\#(number)","type":"view","customer":"crm:1","occurred_at":\#(time)}"#)
            try await deployment.folded()
        } while try deployment.number("SELECT count(*) FROM transition WHERE dimension = 'segment'") == 0
        try await deployment.until("the window has ended") { try count(deployment, "hot") == 0 }
        let log = try deployment.rows(
            """
            SELECT "from", "to", cause, effective_at, extract(epoch FROM recorded_at - effective_at)::float8
            FROM transition WHERE dimension = 'segment' ORDER BY id
            """)
        #expect(log.count == 2)
        #expect(
            log.isNull(0, 0) && log.string(0, 1) == "hot" && log.string(0, 2) == "\(number)"
                && log.instant(0, 3) == time)
        #expect(log.string(1, 0) == "hot" && log.isNull(1, 1) && log.string(1, 2) == "time")
        #expect(log.instant(1, 3) == time + 2000)
        #expect(try deployment.rows("SELECT segments FROM customer_card").texts(0, 0).isEmpty)
        try await worker.drain()
    }
}
