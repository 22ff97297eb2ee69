import Foundation
import Scoring
import Testing
import Traffic

/// The purchase log on which repeat-buying models are compared, from the file through broker, worker and database.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct CDNOWTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/cdnow")

    static func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    /// The last day on which models are fitted, and the last of the log.
    static let calibrationEnd = 1997_09_30
    static let end = 1998_06_30

    @Test func theModellingSummaryIsThePublishedOne() async throws {
        let purchases = try CDNOW.purchases(Self.text("CDNOW_sample.txt"))
        #expect(purchases.count == 6919)
        let deployment = try Deployment("cdnow")
        let worker = try RunningWorker(deployment)
        for purchase in purchases where purchase.date <= Self.calibrationEnd {
            try deployment.write(purchase.value, key: purchase.key)
        }
        try await deployment.folded()
        let calibration = try deployment.evaluations(at: .date(Self.calibrationEnd))
        try Self.comparePublished(calibration)
        try Self.compareColumns(deployment)
        Self.compareMoney(calibration, purchases.filter { $0.date <= Self.calibrationEnd }, at: Self.calibrationEnd)

        // The rest of the log on top, and then all of it again: line numbers name events, so nothing changes for those
        // whose purchases are all still in the timeline.
        for purchase in purchases where purchase.date > Self.calibrationEnd {
            try deployment.write(purchase.value, key: purchase.key)
        }
        try await deployment.folded()
        let whole = try deployment.evaluations(at: .date(Self.end))
        Self.compareMoney(whole, purchases, at: Self.end)
        for purchase in purchases { try deployment.write(purchase.value, key: purchase.key) }
        try await deployment.folded()
        func remembered(_ evaluations: [String: Evaluation]) -> [String: Evaluation] {
            evaluations.filter { whole[$0.key]!.purchases <= 32 }
        }
        #expect(remembered(whole).count > 2300)
        #expect(try remembered(deployment.evaluations(at: .date(Self.end))) == remembered(whole))
        #expect(try deployment.number("SELECT count(*) FROM rejection") == 0)
        try await worker.drain()
    }

    /// x, t_x and T of every customer: 0 mismatches at ±0.006 weeks.
    private static func comparePublished(_ evaluations: [String: Evaluation]) throws {
        let lines = try text("cdnow_customers_summary.csv").split(whereSeparator: \.isNewline).dropFirst()
        var mismatches: [Substring] = []
        for line in lines {
            let fields = line.split(separator: ",").compactMap { Double($0) }
            guard fields.count == 4, let found = evaluations["crm:cdnow-\(Int(fields[0]))"], let x = found.repeatDays,
                let last = found.recencyDays, let age = found.tenureDays, x == Int(fields[1]),
                abs(Double(last) / 7 - fields[2]) <= 0.006, abs(Double(age) / 7 - fields[3]) <= 0.006
            else {
                mismatches.append(line)
                continue
            }
        }
        #expect(lines.count == 2357)
        #expect(evaluations.count == 2357)
        #expect(mismatches == [])
    }

    /// The columns are of the database's today: what does not depend on it is the same, T counts from the first purchase.
    private static func compareColumns(_ deployment: Deployment) throws {
        let evaluations = try deployment.evaluations(at: .date(calibrationEnd))
        let rows = try deployment.rows(
            """
            SELECT customer_id, repeat_days, recency_days, first_purchase, purchases, net_spend, tenure_days,
                (evaluated_at AT TIME ZONE 'UTC')::date - (first_purchase AT TIME ZONE 'UTC')::date, frequency, monetary,
                recency IS NULL
            FROM profile
            """)
        var wrong: [String] = []
        for row in 0..<rows.count {
            let customer = rows.string(row, 0)
            guard let expected = evaluations[customer], rows.int(row, 1) == expected.repeatDays!,
                rows.int(row, 2) == expected.recencyDays!, rows.instant(row, 3) == expected.firstPurchase!,
                rows.int(row, 4) == expected.purchases, rows.int(row, 5) == expected.netSpend,
                (Int64.date(calibrationEnd) - rows.instant(row, 3) + .day - 1) / .day == expected.tenureDays!,
                rows.int(row, 6) == rows.int(row, 7), rows.int(row, 8) == 0, rows.int(row, 9) == 0, rows.bool(row, 10)
            else {
                wrong.append(customer)
                continue
            }
        }
        let count = rows.count
        #expect(count == 2357)
        #expect(wrong == [])
    }

    /// R, F and M over the 365 days that end with `date`, and everything ever, straight from the file.
    private static func compareMoney(_ evaluations: [String: Evaluation], _ purchases: [CDNOW.Purchase], at date: Int) {
        var wrong: [Int] = []
        var sums = (frequency: 0, monetary: Int64(0))
        for (customer, own) in Dictionary(grouping: purchases, by: \.customer) {
            let recent = own.filter { Int64.date($0.date) > .date(date) - 365 * .day }
            let monetary = recent.reduce(Int64(0)) { $0 + Int64($1.cents) }
            let recency = recent.map { Int((Int64.date(date) - .date($0.date)) / .day) }.min()
            let spent = own.reduce(Int64(0)) { $0 + Int64($1.cents) }
            guard let found = evaluations["crm:cdnow-\(customer)"], found.frequency == recent.count,
                found.monetary == monetary, found.recency == recency, found.purchases == own.count,
                found.netSpend == spent
            else {
                wrong.append(customer)
                continue
            }
            sums.frequency += recent.count
            sums.monetary += monetary
        }
        #expect(wrong == [])
        #expect(sums.frequency > 2000 && sums.monetary > 0)
    }
}
