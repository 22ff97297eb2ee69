import Foundation
import Interactions
import Testing
import Traffic

/// Records that cannot be folded, through the real broker into the real table.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct RejectionTests {
    @Test func everyCodeIsStoredWithItsPlaceAndPayload() async throws {
        let deployment = try Deployment("codes", partitions: 1)
        let worker = try RunningWorker(deployment)
        var plan = TrafficPlan(start: .now - 1000)
        plan.events = BadRecord.allCases.count
        plan.span = 1000
        plan.customers = 3
        plan.bad = 1
        var stream = TrafficStream(plan)
        var expected: [(code: String, key: [UInt8], value: [UInt8]?)] = []
        while stream.next() {
            let value = stream.isTombstone ? nil : stream.value
            try deployment.write(value, key: stream.key)
            expected.append((stream.badRecord!.code, stream.key, value))
            // A good neighbour between any two.
            try deployment.write(Self.view(expected.count))
        }
        let other: [(String, [UInt8])] = [
            ("content-type", Array("application/avro".utf8)), ("Content-Type", Array("text/plain; charset=utf-8".utf8)),
        ]
        for (name, value) in other {
            let view = Array(Self.view(1000).utf8)
            try deployment.write(view, key: [], headers: [(name, value)])
            expected.append(("not_json", [], view))
            try deployment.write(Self.view(expected.count))
        }
        try await deployment.folded()
        let rows = try deployment.rows(
            "SELECT \"offset\", reason, key, payload, detail, customer_id FROM rejection ORDER BY \"offset\"")
        let count = rows.count
        try #require(count == expected.count)
        for (row, record) in expected.enumerated() {
            let (offset, code, key, detail) = (
                rows.int(row, 0), rows.string(row, 1), rows.bytes(row, 2), rows.string(row, 4)
            )
            let payload = rows.isNull(row, 3) ? nil : rows.bytes(row, 3)
            let customer = rows.isNull(row, 5) ? record.key : rows.bytes(row, 5)
            #expect(offset == Int64(row) * 2)
            #expect(code == record.code)
            #expect(key == record.key)
            #expect(payload == record.value)
            #expect(detail.contains("accepted: "))
            #expect(customer == record.key)
        }
        #expect(Set(expected.map(\.code)) == Set(Rejection.Code.allCases.map(\.rawValue)))
        let profile = try deployment.evaluations(at: .now)["crm:1"]
        #expect(profile?.engagementSum ?? 0 > 0.99 * Double(expected.count))
        try await worker.drain()
    }

    private static func view(_ number: Int) -> String {
        """
        {"event_id":"v\(number)","type":"view","occurred_at":\(Int64.now),"customer":"crm:1","item":"i\(number)"}
        """
    }

    @Test func oneInTenIsPoisonAndItsNeighboursAreApplied() async throws {
        let deployment = try Deployment("poison")
        let worker = try RunningWorker(deployment)
        var plan = TrafficPlan.test(events: 6000, customers: 300)
        plan.bad = 0.1
        var reference = Reference(deployment.rules, now: .now)
        try deployment.play(plan, &reference)
        try await deployment.folded()
        #expect((500...700).contains(reference.rejected.values.reduce(0, +)))
        try deployment.equals(reference)
        try await worker.drain()
    }
}
