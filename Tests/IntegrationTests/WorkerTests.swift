import Foundation
import TestSupport
import Testing
import Traffic

/// The production loop over the real log and the real store.
@Suite(.enabled(if: Services.areThere, "KAFKA and POSTGRES say where the services are"))
struct WorkerTests {
    @Test func theTablesAreTheFoldOfTheLogWhateverComesAndGoes() async throws {
        let deployment = try Deployment("rebalance", partitions: 6)
        var reference = Reference(deployment.rules, now: .now)
        var plan = TrafficPlan.test(events: 5000, customers: 400)
        try deployment.play(plan, &reference)

        let first = try RunningWorker(deployment, "first")
        try await deployment.folded()
        let second = try RunningWorker(deployment, "second")
        try await second.joined()
        plan.wave = 2
        try deployment.play(plan, &reference)
        try await deployment.folded()
        try await deployment.until("both have counted what they did") {
            first.meter.snapshot().events + second.meter.snapshot().events == 10_000
        }
        #expect(second.meter.snapshot().events > 1000, "the second does its share")

        try await first.drain()
        plan.wave = 3
        try deployment.play(plan, &reference)
        try await deployment.folded()
        try deployment.equals(reference)
        try await second.drain()
        #expect(try deployment.number("SELECT count(*) FROM progress") == 6)
    }

    /// Nobody is remembered from one batch to the next, whether rows are sent while others are folded or not; purchases
    /// name people who have events of their own beside them.
    @Test(arguments: [1, Int.max]) func aCacheThatHoldsNobodyLosesNothing(_ streamedPeople: Int) async throws {
        let deployment = try Deployment("forgetful\(streamedPeople == 1 ? 1 : 2)", partitions: 2)
        var reference = Reference(deployment.rules, now: .now)
        let worker = try RunningWorker(deployment) {
            $0.cacheBytes = 2
            $0.streamedPeople = streamedPeople
        }
        for wave in 1...3 {
            var plan = TrafficPlan.test(events: 4000, customers: 200)
            plan.wave = wave
            try deployment.play(plan, &reference)
            try await deployment.folded()
        }
        try deployment.equals(reference)
        #expect(try deployment.number("SELECT count(*) FROM profile WHERE influence > 0") > 10, "who was referred to")
        try await worker.drain()
    }

    @Test func theWholeLogAgainChangesNothing() async throws {
        let deployment = try Deployment("again")
        var reference = Reference(deployment.rules, now: .now)
        // Few enough events a person and type that all of them are still in the timeline.
        var plan = TrafficPlan.test(events: 3000, customers: 1000)
        plan.skew = 0
        try deployment.play(plan, &reference)
        let worker = try RunningWorker(deployment)
        try await deployment.folded()
        try deployment.equals(reference)
        let states = try deployment.states()
        try deployment.play(plan, &reference)
        try await deployment.folded()
        #expect(try deployment.states() == states)
        // What a batch counted is published after its commit: only a drained worker has certainly counted all.
        try await worker.drain()
        #expect(worker.meter.snapshot().duplicates >= 3000)
    }

    @Test func connectionsThatBreakLoseNothing() async throws {
        let deployment = try Deployment("broken")
        var reference = Reference(deployment.rules, now: .now)
        let worker = try RunningWorker(deployment)
        try await worker.joined()
        var ended = 0
        for wave in 1...4 {
            var plan = TrafficPlan.test(events: 2000, customers: 300)
            plan.wave = wave
            try deployment.play(plan, &reference)
            try deployment.flush()
            // At any instant of any transaction, twice a wave.
            try await deployment.until("the worker connects again") {
                ended += try deployment.number(
                    """
                    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                    WHERE application_name LIKE 'guanxi \(deployment.name)%'
                    """)
                Thread.sleep(forTimeInterval: .random(in: 0...0.05))
                return ended >= 2 * wave
            }
        }
        try await deployment.folded()
        try deployment.equals(reference)
        try await worker.drain()
    }

    @Test func aStageTurnsAtItsInstantWithNoEvent() async throws {
        let deployment = try Deployment("review", partitions: 1)
        let worker = try RunningWorker(deployment)
        try await worker.joined()
        // Thirty days after its only purchase a customer is no longer new: in six seconds. On a machine that is busy
        // with other things, a purchase may be folded when they are over already: then another customer is asked.
        var customer = ""
        var turn: Int64 = 0
        func lifecycle() throws -> String {
            try deployment.rows("SELECT lifecycle::text FROM profile WHERE customer_id = '\(customer)'").string(0, 0)
        }
        for number in 1...10 {
            customer = "crm:\(number)"
            turn = .now + 6000
            try deployment.write(
                """
                {"event_id":"p","type":"purchase","occurred_at":\(turn - 30 * .day),"customer":"\(customer)",
                 "amount":12.5,"order_id":"o"}
                """, key: customer)
            try await deployment.folded()
            if try lifecycle() == "new" { break }
        }
        #expect(try lifecycle() == "new")
        // Others go on, so that there is always a batch to fold or to commit: a review must have its turn all the same.
        var others = 0
        try await deployment.until("the stage turns", within: .seconds(20)) {
            for _ in 0..<200 {
                others += 1
                try deployment.write(
                    """
                    {"event_id":"v\(others)","type":"view","occurred_at":\(Int64.now),"customer":"crm:o\(others % 900)"}
                    """, key: "o\(others % 900)")
            }
            return try lifecycle() == "active"
        }
        let rows = try deployment.rows(
            """
            SELECT coalesce("from", ''), "to", cause, effective_at, recorded_at
            FROM transition WHERE dimension = 'lifecycle' AND customer_id = '\(customer)' ORDER BY id
            """)
        let steps = (0..<rows.count).map { row in [0, 1, 2].map { rows.string(row, $0) } }
        #expect(steps == [["", "new", "p"], ["new", "active", "time"]])
        // The stage changes one millisecond after thirty days.
        let (effective, recorded) = (rows.instant(1, 3), rows.instant(1, 4))
        #expect(effective == turn + 1)
        #expect((turn...turn + 15_000).contains(recorded))
        try await worker.drain()
        #expect(worker.meter.snapshot().reviewsDone >= 1)
    }

    @Test func anEraseIsForEverAndForNobodyElse() async throws {
        let deployment = try Deployment("erase", partitions: 1)
        let worker = try RunningWorker(deployment)
        func event(_ id: String, _ type: String, _ age: Int64, _ customer: String, _ rest: String = "") throws {
            try deployment.write(
                """
                {"event_id":"\(id)","type":"\(type)","occurred_at":\(Int64.now - age),"customer":"\(customer)"\(rest)}
                """, key: customer)
        }
        try event("1", "purchase", 5000, "crm:1", ",\"amount\":9.99")
        try event("2", "review", 4000, "crm:1", ",\"rating\":9")
        try event("3", "view", 4000, "crm:2")
        try await deployment.folded()
        #expect(try deployment.number("SELECT count(*) FROM profile") == 2)
        #expect(try deployment.number("SELECT count(*) FROM rejection WHERE payload IS NOT NULL") == 1)
        try event("4", "erase", 2000, "crm:1")
        try event("5", "purchase", 3000, "crm:1", ",\"amount\":1")
        try await deployment.folded()
        #expect(try deployment.number("SELECT count(*) FROM profile WHERE customer_id = 'crm:1'") == 0)
        #expect(try deployment.number("SELECT count(*) FROM transition WHERE customer_id = 'crm:1'") == 0)
        #expect(
            try deployment.number("SELECT count(*) FROM rejection WHERE payload IS NOT NULL OR key IS NOT NULL") == 0)
        try event("6", "view", 0, "crm:1")
        try await deployment.folded()
        let people = try deployment.evaluations(at: .now)
        #expect(people.count == 2)
        #expect(people["crm:1"]?.purchases == 0)
        #expect(people["crm:1"]?.activity == 1)
        try await worker.drain()
    }

    /// People are erased while purchases of others, which mean something to them, are folded by another worker, and
    /// refunded: nothing of before comes back, and nothing of after is lost.
    @Test func whoIsErasedBetweenTwoWorkersStaysErased() async throws {
        let deployment = try Deployment("erasures", partitions: 6)
        var reference = Reference(deployment.rules, now: .now)
        let first = try RunningWorker(deployment, "first")
        try await first.joined()
        let second = try RunningWorker(deployment, "second")
        try await second.joined()
        let seed = UInt64.random(in: 0 ... .max)
        print("whoIsErasedBetweenTwoWorkersStaysErased: seed \(seed)")
        var random = TestSupport.SplitMix(seed: seed)
        func event(_ id: String, _ type: String, _ customer: String, _ rest: String = "") throws {
            let value = """
                {"event_id":"\(id)","type":"\(type)","occurred_at":\(Int64.now - Int64(random.below(1500))),\
                "customer":"\(customer)"\(rest)}
                """
            try deployment.write(value, key: customer)
            reference.add(Array(value.utf8))
        }
        var buyers: [String] = []
        for number in 0..<300 {
            buyers.append("crm:b\(random.below(40))")
            // Some of whom do nothing themselves. Fewer purchases for each than a timeline keeps.
            let referrer = "crm:r\(number % 20)"
            try event(
                "p\(number)", "purchase", buyers[number],
                #","amount":10,"order_id":"o\#(number)","referrer":"\#(referrer)""#)
            if random.chance(40) {
                let order = random.below(number + 1)
                try event("f\(number)", "refund", buyers[order], #","order_id":"o\#(order)""#)
            }
            if number % 20 < 15, random.chance(30) { try event("v\(number)", "view", referrer) }
            if random.chance(20) { try event("e\(number)", "erase", "crm:r\(random.below(20))") }
            if number % 10 == 9 { try await Task.sleep(for: .milliseconds(20 + random.below(100))) }
        }
        try await deployment.folded()
        try deployment.equals(reference)
        #expect(try deployment.number("SELECT count(*) FROM erasure") > 10)
        let left = """
            SELECT count(*) FROM (SELECT customer_id FROM transition UNION SELECT customer_id FROM segment_member) t
            WHERE NOT EXISTS (SELECT FROM profile p WHERE p.customer_id = t.customer_id)
            """
        #expect(try deployment.number(left) == 0)
        for worker in [first, second] { try await worker.drain() }
    }

    @Test func theCardOfThousandsOfContactsCanBeRead() async throws {
        let deployment = try Deployment("card", partitions: 1)
        let worker = try RunningWorker(deployment)
        for number in 0..<1800 {
            try deployment.write(
                """
                {"event_id":"\(number)","type":"purchase","occurred_at":\(Int64.now),"customer":"crm:1","amount":1}
                """)
        }
        try await deployment.folded()
        // So engaged that e^(−E/20) is less than PostgreSQL can say.
        #expect(try deployment.number("SELECT engagement_sum FROM profile") > 15_000)
        #expect(
            try deployment.rows("SELECT engagement FROM customer_card WHERE identity = 'crm:1'").double(0, 0) == 100)
        try await worker.drain()
    }

    /// The end of a promotion: everybody is due at once, and the shop goes on.
    @Test func whatIsDueDoesNotKeepEventsWaiting() async throws {
        let deployment = try Deployment("due", partitions: 1)
        var worker = try RunningWorker(deployment)
        for number in 0..<1500 {
            try deployment.write(
                """
                {"event_id":"\(number)","type":"view","customer":"crm:\(number)","occurred_at":\(Int64.now - 1000)}
                """, key: "crm:\(number)")
        }
        try await deployment.folded()
        try await worker.drain()
        // A hundred and fifty shares, a commit each: seconds.
        try deployment.execute("UPDATE profile SET review_at = now() - interval '1 second'")
        worker = try RunningWorker(deployment) { $0.reviewLimit = 10 }
        try await deployment.until("reviews have begun") {
            try deployment.number("SELECT count(*) FROM profile WHERE review_at > now()") > 0
        }
        try deployment.write(
            #"{"event_id":"new","type":"view","customer":"crm:new","occurred_at":\#(Int64.now)}"#)
        try await deployment.folded()
        #expect(try deployment.number("SELECT count(*) FROM profile WHERE review_at <= now()") > 0)
        try await deployment.until("everybody is reviewed") {
            try deployment.number("SELECT count(*) FROM profile WHERE review_at <= now()") == 0
        }
        try await worker.drain()
    }
}
