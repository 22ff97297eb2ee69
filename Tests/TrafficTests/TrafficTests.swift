import Decoding
import Interactions
import Testing

@testable import Traffic

@Suite struct TrafficTests {
    static let start: Int64 = 1_763_900_000_000

    /// A plan small enough for a debug build.
    static func plan(events: Int = 40_000, _ change: (inout TrafficPlan) -> Void = { _ in }) -> TrafficPlan {
        var plan = TrafficPlan(start: start)
        plan.events = events
        plan.customers = 5000
        change(&plan)
        return plan
    }

    /// FNV-1a over keys, values and times, in order.
    static func checksum(_ plan: TrafficPlan) -> UInt64 {
        var sum: UInt64 = 0xcbf2_9ce4_8422_2325
        var stream = TrafficStream(plan)
        while stream.next() {
            for byte in stream.key { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
            for byte in stream.value { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3 }
            sum = (sum ^ UInt64(stream.time)) &* 0x100_0000_01b3
        }
        return sum
    }

    @Test func aSeedDecidesEveryByte() {
        let plan = Self.plan(events: 5000) { ($0.late, $0.duplicates, $0.bad) = (0.1, 0.1, 0.1) }
        let sum = Self.checksum(plan)
        #expect(Self.checksum(plan) == sum)
        for change in [{ $0.seed = 2 }, { $0.wave = 2 }, { $0.skew = 1 }, { $0.start += 1 }]
            as [(inout TrafficPlan) -> Void]
        {
            var other = plan
            change(&other)
            #expect(Self.checksum(other) != sum)
        }
        // Figures are only comparable while the workload stays what it is.
        #expect(Self.checksum(Self.plan(events: 5000)) == 9_528_859_131_354_617_527)
    }

    @Test func everyRecordDecodesOrIsTheIntendedRejection() {
        var stream = TrafficStream(Self.plan { ($0.late, $0.bad) = (0.05, 0.02) })
        var decoder = Decoder(key: .standard, limits: DecodingLimits())
        var kinds: Set<BadRecord> = []
        var types: Set<String> = []
        var wrong: [String] = []
        var channels: [[UInt8]: Set<[UInt8]>] = [:]
        while stream.next() {
            var batch = InteractionBatch()
            decoder.decode(
                (stream.value + [UInt8](repeating: 0, count: 64)).span, value: 0..<stream.value.count,
                isTombstone: stream.isTombstone, isJSON: true, record: 0, now: Self.start + 3_600_000, into: &batch)
            let code = batch.rejections.first?.code.rawValue
            if code != stream.badRecord?.code { wrong.append("\(stream.made): \(batch.rejections)") }
            if let kind = stream.badRecord { kinds.insert(kind) }
            if let event = batch.interactions.first {
                types.insert(event.type.name)
                if !event.channel.isAbsent {
                    channels[stream.key, default: []].insert(Array(batch.bytes[event.channel.range]))
                }
                #expect(Array(batch.bytes[event.customer.range]) == stream.key)
            }
        }
        #expect(wrong == [])
        #expect(kinds == Set(BadRecord.allCases))
        #expect(Set(BadRecord.allCases.map(\.code)) == Set(Rejection.Code.allCases.map(\.rawValue)))
        #expect(stream.bad > 600)
        // Whoever does not link people, erases nobody and moves no points by hand.
        let left: Set = [
            "link", "unlink", "erase", "points_adjust", "tag_remove", "message_sent", "referral_converted",
        ]
        #expect(types == Set(Happening.all.map(\.type)))
        #expect(types.isDisjoint(with: left))
        #expect(types.union(left) == Set(EventType.catalogue.map { $0.names[0] }))
        #expect(channels.values.allSatisfy { $0.count <= 3 }, "a person's channels are few, and always the same")
    }

    @Test func happensAsOftenAsItWeighs() {
        #expect(Happening.places.count == 10_000)
        func share(_ family: Family) -> Int {
            Happening.all.filter { happening in
                EventType.catalogue.first { $0.names[0] == happening.type }!.family == family
            }.reduce(0) { $0 + $1.weight }
        }
        let shares = [Family.browse, .interest, .social, .activity, .content, .trade].map(share)
        #expect(shares == shares.sorted(by: >))
        #expect(shares[0] > 4 * shares[1])
    }

    @Test func theCanonicalWorkloadIsWhatItIsCalled() {
        var plan = TrafficPlan.canonical(start: Self.start)
        #expect(
            (plan.events, plan.customers, plan.skew, plan.bad, plan.duplicates, plan.late) == (
                2_000_000, 200_000, 1.05, 0, 0, 0
            ))
        plan.events = 40_000
        plan.span = 72_000
        var stream = TrafficStream(plan)
        var bytes = 0
        var last = Self.start
        while stream.next() {
            bytes += stream.value.count
            #expect(stream.time >= last)
            last = stream.time
        }
        #expect((124.0...130).contains(Double(bytes) / 40_000))
        #expect((Self.start + 71_000..<Self.start + 72_000).contains(last))
    }

    @Test func sharesAreAsAsked() {
        var stream = TrafficStream(Self.plan { ($0.late, $0.duplicates, $0.bad) = (0.1, 0.05, 0.01) })
        var seen: Set<[UInt8]> = []
        var again = 0
        while stream.next() {
            if stream.badRecord == nil, !seen.insert(stream.value).inserted { again += 1 }
        }
        #expect(again == stream.repeated)
        #expect((1800...2200).contains(again))
        #expect((320...480).contains(stream.bad))
    }

    @Test func aSecondWaveIsTheSamePeopleAndOtherEvents() {
        func run(_ wave: Int) -> (people: Set<[UInt8]>, values: Set<[UInt8]>) {
            var stream = TrafficStream(
                Self.plan(events: 10_000) {
                    $0.wave = wave; $0.customers = 50
                })
            var people: Set<[UInt8]> = []
            var values: Set<[UInt8]> = []
            while stream.next() {
                people.insert(stream.key)
                values.insert(stream.value)
            }
            return (people, values)
        }
        let (first, second) = (run(1), run(2))
        #expect(first.people == second.people)
        #expect(first.people.count == 50)
        #expect(first.values.isDisjoint(with: second.values))
        #expect(first.values.count == 10_000)
    }
}
