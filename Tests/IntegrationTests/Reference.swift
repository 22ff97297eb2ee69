import Decoding
import Ingest
import Interactions
import Profiles
import Testing
import Traffic

/// What the tables must hold of what a test has written.
struct Reference: ~Copyable {
    private var fold: ReferenceFold
    private var decoder: Decoder
    private let now: Int64
    private let rules: FoldRules
    private(set) var rejected: [Rejection.Code: Int] = [:]

    init(_ rules: FoldRules, now: Int64) {
        self.rules = rules
        fold = ReferenceFold(rules: rules)
        decoder = Decoder(key: rules.hashKey, limits: DecodingLimits())
        self.now = now
    }

    mutating func add(_ value: [UInt8], isTombstone: Bool = false) {
        var batch = InteractionBatch()
        decoder.decode(
            (value + [UInt8](repeating: 0, count: Records.padding)).span, value: 0..<value.count,
            isTombstone: isTombstone, isJSON: true, record: 0, now: now, into: &batch)
        for rejection in batch.rejections { rejected[rejection.code, default: 0] += 1 }
        fold.add(batch)
    }

    func states() -> [[UInt8]: [UInt8]] {
        fold.profiles().mapValues { profile in
            var profile = profile
            profile.age(by: .standard, rules)
            var bytes: [UInt8] = []
            profile.encode(into: &bytes)
            return bytes
        }
    }
}

extension Deployment {
    /// Writes a plan's records, and tells the reference of them.
    func play(_ plan: TrafficPlan, _ reference: inout Reference) throws {
        var stream = TrafficStream(plan)
        while stream.next() {
            try write(stream.isTombstone ? nil : stream.value, key: stream.key)
            reference.add(stream.value, isTombstone: stream.isTombstone)
        }
    }

    /// Compares every profile and the counts of rejections with the reference.
    func equals(_ reference: borrowing Reference, _ location: SourceLocation = #_sourceLocation) throws {
        let expected = reference.states()
        let stored = try states()
        #expect(stored.count == expected.count, sourceLocation: location)
        let different = expected.filter { stored[$0.key] != $0.value }.map { String(decoding: $0.key, as: UTF8.self) }
        #expect(different.sorted().prefix(10) == [], "\(different.count) profiles differ", sourceLocation: location)
        let rows = try rows("SELECT reason, count(*) FROM rejection GROUP BY reason")
        var rejected: [Rejection.Code: Int] = [:]
        for row in 0..<rows.count {
            rejected[try #require(Rejection.Code(rawValue: rows.string(row, 0)))] = Int(rows.int(row, 1))
        }
        let expectedRejections = reference.rejected
        #expect(rejected == expectedRejections, sourceLocation: location)
    }
}

extension TrafficPlan {
    /// An hour that ends now, so that nothing is ahead of anybody's clock.
    static func test(events: Int, customers: Int, seed: UInt64 = 7) -> TrafficPlan {
        var plan = TrafficPlan(start: .now - 3_600_000)
        plan.seed = seed
        plan.events = events
        plan.customers = customers
        (plan.late, plan.duplicates) = (0.05, 0.05)
        return plan
    }
}
