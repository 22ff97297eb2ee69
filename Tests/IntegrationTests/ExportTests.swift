import Foundation
import Ingest
import Testing

@testable import guanxi

/// Members of a segment as files.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct ExportTests {
    private func lines(
        _ deployment: Deployment, _ change: (inout SegmentExport) -> Void = { _ in }, isNoted: Bool = true
    ) throws -> (lines: [String], count: SegmentExport.Count) {
        let options = try ConfigurationOptions.parse([
            "--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)",
        ])
        let database = try Database(options.load(environment: [:]), purpose: "export")
        var export = SegmentExport()
        change(&export)
        var text = ""
        let count = try export.run("lookers", database, isNoted: isNoted) { text += $0 }
        return (text.split(separator: "\n").map(String.init), count)
    }

    @Test func whoMayBeWrittenToIsExportedAndNotTooOften() async throws {
        let deployment = try Deployment("export", partitions: 2)
        let worker = try RunningWorker(deployment)
        let file = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).yaml").path
        let out = FileManager.default.temporaryDirectory.appending(path: "\(deployment.name).csv").path
        defer { for path in [file, out] { try? FileManager.default.removeItem(atPath: path) } }
        func guanxi(_ arguments: String...) async -> Int32 {
            await Program.run(
                arguments + ["--postgres", Services.postgres, "--set", "postgres.schema=\(deployment.name)"])
        }
        #expect(await guanxi("export", "lookers") == 2, "there is no such segment yet")
        try "segments: [{id: lookers, when: {count: {type: view, at_least: 1}}}]".write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(await guanxi("apply", file) == 0)
        let now = Int64.now
        // One of everything, one who wants nothing, one no messages, one whose city needs quotes, one who only bought.
        for (number, event) in [
            #""customer":"crm:1","type":"view""#, #""customer":"crm:2","type":"view""#,
            #""customer":"crm:2","type":"opt_out""#, #""customer":"crm:3","type":"view""#,
            #""customer":"crm:3","type":"opt_out","channel":"sms""#,
            #""customer":"crm:4,\"x\"","type":"view","city":"a,\"b\"""#,
            #""customer":"crm:5","type":"purchase","amount":1"#,
        ].enumerated() {
            try deployment.write(
                #"{"event_id":"\#(number)","occurred_at":\#(now - 1000 + Int64(number)),\#(event)}"#)
        }
        try await deployment.folded()
        try await deployment.until("the segment is seen") {
            try deployment.number("SELECT count(*) FROM segment WHERE state = 'current'") == 1
        }

        var (text, count) = try lines(deployment, { $0.columns = ["level", "top_city", "grade"] })
        #expect(count == SegmentExport.Count(members: 4, written: 3, unwilling: 1))
        #expect(text[0] == "customer_id,segment,entered_at,level,top_city,grade,definitions,exported_at")
        let first = text[1].split(separator: ",", omittingEmptySubsequences: false)
        #expect(
            first[0] == "crm:1" && first[1] == "lookers" && first[3] == "visitor" && first[5] == "" && first[6] == "1")
        #expect(first[2].hasSuffix("Z") && first[2].count == 24)
        #expect(text[2].hasPrefix("crm:3,"))
        #expect(text[3].hasPrefix(#""crm:4,""x""",lookers,"#) && text[3].contains(#","a,""b""","#))

        // Who wants no messages gets none.
        (text, count) = try lines(deployment, { $0.channel = "sms" })
        #expect(count == SegmentExport.Count(members: 4, written: 2, unwilling: 2))
        // Two exports in the week are enough: crm:1 was in both, crm:3 in one.
        (text, count) = try lines(
            deployment,
            {
                $0.cap = (2, 7 * 86_400_000)
                $0.format = .jsonl
                $0.columns = ["purchases", "last_seen"]
            })
        #expect(count == SegmentExport.Count(members: 4, written: 1, unwilling: 1, capped: 2))
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(text[0].utf8)) as? [String: Any])
        #expect(object["customer_id"] as? String == "crm:3" && object["purchases"] as? Int == 0)
        #expect(object["last_seen"] as? String != nil && object["exported_at"] as? String != nil)
        // What is not noted does not count; neither does what is long ago.
        (text, count) = try lines(deployment, { $0.cap = (3, 7 * 86_400_000) }, isNoted: false)
        #expect(count.written == 3)
        #expect(try deployment.number("SELECT count(*) FROM exported") == 3 + 2 + 1)
        #expect(try deployment.number("SELECT sum(people) FROM export") == 6)
        try deployment.execute("UPDATE exported SET exported_at = exported_at - interval '8 days'")
        (text, count) = try lines(deployment, { $0.cap = (1, 7 * 86_400_000) })
        #expect(count.written == 3)

        // As a user.
        #expect(await guanxi("export", "lookers", "--out", out) == 0)
        #expect(try String(contentsOfFile: out, encoding: .utf8).split(separator: "\n").count == 4)
        #expect(!FileManager.default.fileExists(atPath: out + ".part"))
        #expect(await guanxi("export", "lookerz") == 2)
        #expect(await guanxi("export", "lookers", "--columns", "levle") == 2)
        #expect(await guanxi("export", "lookers", "--out", "/nowhere/x.csv") == 1)
        // The erased are in no export, also not in those that were.
        try deployment.write(
            #"{"event_id":"9","type":"erase","customer":"crm:1","occurred_at":\#(Int64.now)}"#)
        try await deployment.folded()
        #expect(try deployment.number("SELECT count(*) FROM exported WHERE customer_id = 'crm:1'") == 0)
        #expect(try deployment.number("SELECT count(*) FROM membership WHERE customer_id = 'crm:1'") == 0)
        #expect(await guanxi("definitions") == 0)
        #expect(await guanxi("definitions", "--segments") == 0)
        #expect(await guanxi("definitions", "diff", "1", file) == 0)
        try "segments: [{id: lookers, when: {count: {type: view, at_least: 2}}}]".write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(await guanxi("definitions", "diff", file) == 1)
        #expect(await guanxi("definitions", "diff", "1", "7") == 2)
        #expect(await guanxi("plan", file) == 0)
        #expect(await guanxi("explain", "crm:3") == 0)
        try await worker.drain()
    }
}
