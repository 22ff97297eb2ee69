import Ingest
import Testing

/// When a batch is closed: columns are what is known, the last one what must follow.
@Suite struct BatchPolicyTests {
    static let policy = BatchPolicy(records: 1000, bytes: 100_000, linger: 20, freshness: 5000)

    struct Row: Sendable {
        let records: Int, bytes: Int, age: Int64, draining: Bool, commitLeft: Int64?, foldTime: Int64
        let trigger: BatchTrigger?
        init(
            _ records: Int, _ bytes: Int, _ age: Int64, _ draining: Bool, _ commitLeft: Int64?, _ foldTime: Int64,
            _ trigger: BatchTrigger?
        ) {
            (self.records, self.bytes, self.age, self.draining) = (records, bytes, age, draining)
            (self.commitLeft, self.foldTime, self.trigger) = (commitLeft, foldTime, trigger)
        }
    }

    static let rows: [Row] = [
        //  records  bytes  age  draining commitLeft fold  trigger
        Row(0, 0, 0, false, nil, 0, nil),
        Row(0, 0, 9999, true, nil, 0, nil),  // nothing to close, whatever else holds
        Row(1, 100, 0, false, nil, 0, nil),
        Row(1, 100, 19, false, nil, 0, nil),
        Row(1, 100, 20, false, nil, 0, .linger),  // the store is idle
        Row(1, 100, 0, true, nil, 0, .drain),
        Row(999, 100, 0, false, nil, 0, nil),
        Row(1000, 100, 0, false, nil, 0, .full),
        Row(10, 100_000, 0, false, nil, 0, .bytes),
        Row(1000, 100_000, 0, true, 500, 0, .full),  // the first that holds
        // While a commit is under way: not before the fold would end after it.
        Row(500, 100, 300, false, 200, 50, nil),
        Row(500, 100, 300, false, 50, 50, .linger),
        Row(500, 100, 10, false, 0, 50, nil),  // company may still come
        Row(500, 100, 4999, false, 9000, 50, nil),
        Row(500, 100, 5000, false, 9000, 50, .linger),  // too old, whatever the store does
    ]

    @Test(arguments: rows.indices) func table(_ index: Int) {
        let row = Self.rows[index]
        var now = BatchPolicy.Situation()
        (now.records, now.bytes, now.age) = (row.records, row.bytes, row.age)
        (now.isDraining, now.commitLeft, now.foldTime) = (row.draining, row.commitLeft, row.foldTime)
        #expect(Self.policy.trigger(now) == row.trigger)
    }

    @Test func whatIsBehindWaitsForAFullBatch() {
        func trigger(_ age: Int64, lag: Int64, commitLeft: Int64?, quiet: Int64 = 0) -> BatchTrigger? {
            var now = BatchPolicy.Situation()
            (now.records, now.age, now.lag, now.commitLeft) = (500, age, lag, commitLeft)
            (now.quiet, now.foldTime) = (quiet, 10)
            return Self.policy.trigger(now)
        }
        #expect(trigger(1499, lag: 2001, commitLeft: nil) == nil)
        #expect(trigger(1500, lag: 2001, commitLeft: nil) == .linger)
        #expect(trigger(4999, lag: 2001, commitLeft: 0) == nil)
        #expect(trigger(5000, lag: 2001, commitLeft: 9000) == .linger)
        #expect(trigger(20, lag: 2000, commitLeft: nil) == .linger)
        // Where no more is at hand it is folded by the time the store is idle, and not only then.
        #expect(trigger(100, lag: 2001, commitLeft: 11, quiet: 21) == nil)
        #expect(trigger(100, lag: 2001, commitLeft: 10, quiet: 21) == .linger)
        #expect(trigger(100, lag: 2001, commitLeft: nil, quiet: 21) == .linger)
        #expect(trigger(100, lag: 2001, commitLeft: nil, quiet: 20) == nil)
    }

    @Test func paceLearnsFromWhatItSaw() {
        var pace = Pace(1)
        for _ in 0..<50 { pace.took(200, units: 100) }
        #expect((195...200).contains(pace.estimate(units: 100)))
        pace.took(10, units: 0)
        #expect((195...200).contains(pace.estimate(units: 100)))
    }
}
