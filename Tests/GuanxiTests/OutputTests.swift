import Ingest
import Testing

@testable import guanxi

@Suite struct Tables {
    @Test func columnsAreAsWideAsTheirWidestCell() {
        var table = TextTable([("partition", .left), ("lag", .right), ("note", .left)])
        table.append(["0", "12", "x"])
        table.append(["10", "1,200", ""])
        #expect(
            table.text == """
                partition    lag  note
                ─────────  ─────  ────
                0             12  x
                10         1,200
                """)
    }

    @Test func chineseCharactersTakeTwoColumns() {
        var table = TextTable([("层级", .left), ("n", .right)])
        table.append(["会员", "1"])
        table.append(["fan", "22"])
        #expect(table.text == "层级   n\n────  ──\n会员   1\nfan   22")
    }
}

@Suite struct ExitCodes {
    @Test(
        arguments: [
            (["configuration", "--nothing"], 2), (["nothing"], 2), (["worker", "--set", "kafka.topik=x"], 2),
            (["worker", "--config", "/none.yaml"], 2), (["generate", "--late", "2"], 2),
            (["generate", "--start", "now"], 2),
            (["rejections", "retry"], 2), (["rejections", "show", "x"], 2), (["status", "--every", "1"], 2),
            (["import", "cdnow", "/none.txt"], 2), (["--version"], 0), (["--help"], 0),
        ] as [([String], Int32)])
    func ofUsage(arguments: [String], code: Int32) async {
        #expect(await Program.run(arguments) == code)
    }
}

@Suite struct Numbers {
    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (100_000, "100,000")])
    func counts(value: Int, text: String) { #expect(Written.count(value) == text) }

    @Test(arguments: [
        (0, "0.00"), (5, "0.05"), (123_405, "1,234.05"), (-50, "-0.50"), (Int64.min, "-92,233,720,368,547,758.08"),
    ])
    func money(minorUnits: Int64, text: String) { #expect(Written.money(minorUnits) == text) }

    @Test func instantsAndSpans() {
        #expect(Written.instant(1_794_326_400_000) == "2026-11-10 16:00:00 UTC")
        #expect([0.05, 45, 600, 7300, 200_000].map(Written.span) == ["0.1 s", "45 s", "10 min", "2 h", "2 d"])
    }
}

@Suite struct Status {
    private func row(_ number: Int32, next: Int64?, _ log: Range<Int64>) -> StatusReport.Row {
        StatusReport.Row(
            partition: Partition(topic: "t", number: number), next: next, log: log, worker: next.map { _ in "w-1" },
            age: next.map { _ in 3 })
    }

    @Test func lagCountsWhatTheLogStillHolds() {
        #expect(row(0, next: 90, 10..<100).lag == 10)
        #expect(row(0, next: nil, 10..<100).lag == 90)
        #expect(row(0, next: 0, 10..<100).lag == 90)
        #expect(row(0, next: 100, 10..<100).lag == 0)
        #expect(!row(0, next: 0, 10..<100).isLost)
        #expect(row(0, next: 5, 10..<100).isLost)
        #expect(!row(0, next: 101, 10..<100).isLost)
        #expect(row(0, next: 101, 10..<100).lag == 0)
        #expect(row(0, next: 200_000, 0..<100).isLost)
    }

    @Test func asTextAndJSON() {
        let before = StatusReport(rows: [row(0, next: 1000, 0..<5000)])
        var report = StatusReport(rows: [row(0, next: 3000, 0..<5000), row(1, next: nil, 0..<0)])
        report.compare(with: before, seconds: 2)
        #expect(
            report.text == """
                partition  position    end    lag  worker  last commit
                ─────────  ────────  ─────  ─────  ──────  ───────────
                t[0]          3,000  5,000  2,000  w-1       3.0 s ago
                t[1]              —      0      0  —                 —

                3,000 events folded, 2,000 to go, 1 workers, last commit 3.0 s ago, 1,000 events/s
                """)
        #expect(report.json.text().hasSuffix(#""folded":3000,"lag":2000,"events_per_second":1000.0}"#))
    }
}
