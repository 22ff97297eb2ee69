import Ingest
import Interactions
import Segments
import TestSupport
import Worker

/// One run of the production loop in a world made of values, decided by its seed alone.
///
/// Workers crash at any step, fall silent and wake, lose replies; partitions move; records come twice and late; time
/// jumps by days so that stages turn with no event. In the end everything must be as the auditor, who kept the events,
/// says.
package struct Simulation {
    package struct Violation: Error, CustomStringConvertible {
        package let seed: UInt64
        package let what: String
        package var description: String { "seed \(seed): \(what)" }
    }

    private final class Member {
        let number: Int
        let store: SimulatedStore
        let committer: SteppedErrand<Changeset, CommitOutcome>
        let reader: SteppedErrand<[[UInt8]], [Stored]>
        let log: SimulatedLog
        let loop: WorkerLoop
        var frozen = 0

        init(_ number: Int, _ world: Simulation, faults: SimulatedStore.Faults, seed: UInt64) {
            self.number = number
            store = SimulatedStore(world.database, number: number, faults: faults, seed: seed)
            committer = SteppedErrand { [store] (changeset) throws(StoreError) in try store.commit(changeset) }
            reader = SteppedErrand { [store] (customers) throws(StoreError) in try store.load(customers) }
            log = SimulatedLog(world.topic, member: number, seed: seed &+ 1)
            var settings = WorkerSettings()
            settings.lanes = 1 + number % 2
            settings.cacheBytes = seed % 3 == 0 ? 2_000 : 10_000_000
            settings.policy.records = 40
            settings.streamedPeople = 2
            settings.reviewLimit = 7
            settings.giveUpAfter = 1_000_000_000
            let database = world.database
            let skew = Int64(seed % 5) * 60_000  // clocks of workers differ; only the store's counts
            loop = WorkerLoop(
                log: log, store: store, committer: committer, reader: reader, settings: settings,
                clock: { database.tables.withLock { $0.now } + skew })
        }
    }

    private let seed: UInt64
    private let topic: SimulatedTopic
    private let database: SimulatedDatabase
    private let auditor: Auditor
    private var random: SplitMix
    private let trace: (String) -> Void

    private init(seed: UInt64, canary: Canary?, trace: @escaping (String) -> Void) {
        self.seed = seed
        self.trace = trace
        random = SplitMix(seed: seed)
        topic = SimulatedTopic(partitions: 1 + random.below(6))
        database = SimulatedDatabase(now: RandomHistory.origin + 60_000, canary: canary)
        auditor = Auditor()
        writeLog()
        if random.chance(70) { database.apply(segments()) }
    }

    /// A document of segments that keep some of their ids from one to the next.
    private mutating func segments() -> [Segment] {
        var maker = RandomSegments(SplitMix(seed: random.next()))
        return (0..<1 + random.below(4)).map { number in
            Segment(id: "s\(number)", name: "", condition: maker.condition(depth: maker.random.below(3)))
        }
    }

    /// - Parameter trace: told what befalls whom, a line each, for a replay.
    /// - Throws: `Violation` when anything is not as it must be.
    package static func run(
        seed: UInt64, canary: Canary? = nil, trace: @escaping (String) -> Void = { _ in }
    ) throws(Violation) {
        var simulation = Simulation(seed: seed, canary: canary, trace: trace)
        try simulation.run()
    }

    // MARK: - The log

    private mutating func writeLog() {
        var queue: [(value: [UInt8]?, customer: String, event: Event?)] = []
        // Of half the seeds purchases name who recommended them: what one person does changes another.
        var friends = SplitMix(seed: seed &* 3)
        let recommended = friends.chance(50) ? 60 : 0
        let people = 3 + random.below(12)
        // Of half some people are erased, one of whom nothing else is known than what others say. (37: seeds that were
        // kept before there were erasures have none.)
        var forgotten = SplitMix(seed: seed &* 37)
        let erased = forgotten.chance(50) ? (0..<people).filter { _ in forgotten.chance(40) } + [people] : []
        var erasures: [Event] = []
        for customer in 0..<people {
            var history = RandomHistory(seed: random.next())
            let name = "crm:\(customer)"
            var events = history.events(2 + random.below(28), customer: name)
            for index in events.indices where events[index].type == .purchase && friends.chance(recommended) {
                // Mostly them: what was read of somebody before they were erased is to be met again.
                let referrer =
                    forgotten.chance(erased.isEmpty ? 0 : 70) ? forgotten.one(of: erased) : friends.below(people)
                events[index].referrer = "crm:\(referrer)"
            }
            queue += events.map { ($0.record, name, $0) }
            if erased.contains(customer) { erasures += self.erasures(of: name, events, &forgotten) }
        }
        if !erased.isEmpty { erasures += self.erasures(of: "crm:\(people)", queue.compactMap(\.event), &forgotten) }
        // Some come twice; some cannot be folded.
        queue += queue.filter { _ in random.chance(10) }
        for number in 0..<random.below(8) {
            let bad: [[UInt8]?] = [nil, Array("{".utf8), Array("[]".utf8), Array("{\"event_id\":\"x\"}".utf8)]
            queue.append((random.one(of: bad), "crm:\(number)", nil))
            auditor.bad += 1
        }
        // Of half the seeds a producer puts some records of a person elsewhere: workers meet over their people.
        var stray = SplitMix(seed: ~seed)
        let strays = stray.chance(50) ? 15 : 0
        queue = random.shuffled(queue)
        for event in erasures + erasures.filter({ _ in forgotten.chance(20) }) {
            queue.insert((event.record, event.customer, event), at: forgotten.below(queue.count + 1))
        }
        let forgettable = Set(erasures.map(\.customer))
        for record in queue {
            if let event = record.event { auditor.log[event.customer, default: []].append(event) }
            let key = Array(record.customer.utf8)
            var partition = key.reduce(7) { ($0 * 31 + Int($1)) % 1_000_003 } % topic.partitions.count
            // What an erasure covers is what came before it, so who is erased has an order.
            if stray.chance(strays), !forgettable.contains(record.customer) {
                partition = stray.below(topic.partitions.count)
            }
            topic.append(record.value, key: key, to: partition, gap: random.chance(5) ? 3 : 0)
        }
    }

    /// One or two, up to the instant of one of the person's events or beyond all of them.
    private func erasures(of customer: String, _ events: [Event], _ random: inout SplitMix) -> [Event] {
        (0..<1 + random.below(2)).map { number in
            let last = events.reduce(Int64.min) { max($0, $1.at) }
            let until = random.chance(30) ? last + 1 : events[random.below(events.count)].at
            var event = Event("erase\(number)", .erase, at: until)
            event.customer = customer
            return event
        }
    }

    // MARK: - The schedule

    private mutating func run() throws(Violation) {
        // Each seed leaves some kinds of trouble out, so that what is left meets undisturbed.
        var faults = SimulatedStore.Faults()
        if random.chance(50) { faults.failure = 1 + random.below(8) }
        if random.chance(50) { faults.lostReply = 5 + random.below(30) }
        if random.chance(50) { faults.retry = 5 + random.below(20) }
        let crash = random.chance(50) ? 1 + random.below(3) : 0
        let freeze = random.chance(50) ? 1 + random.below(3) : 0
        let shake = random.chance(50) ? 1 + random.below(4) : 0
        let jump = random.chance(60)
        let change = random.chance(50) ? 1 : 0

        trace(
            "\(topic.partitions.count) partitions, of a hundred calls \(faults.failure) fail, "
                + "\(faults.retry) deadlock, \(faults.lostReply) lose the reply")
        var born = 0
        var members: [Member] = []
        for _ in 0..<1 + random.below(3) {
            born += 1
            let seed = random.next()
            members.append(Member(born, self, faults: faults, seed: seed))
        }

        for step in 0..<600 {
            advance(Int64(random.below(40)))
            if jump, step % 100 == 99 {
                let halfDays = random.below(60)
                trace("\(step): \(halfDays) half days pass")
                advance(Int64(halfDays) * 43_200_000)
            }
            if random.chance(shake) {
                trace("\(step): the group rebalances")
                topic.shake()
            }
            if random.chance(change) {
                trace("\(step): other segments are put into force")
                database.apply(segments())
            }
            let index = random.below(members.count)
            let member = members[index]
            if random.chance(crash) {
                // At any instruction: what was being committed may or may not have landed.
                let lands = random.chance(50)
                if lands { member.committer.execute() }
                member.store.releaseClaim()
                topic.leave(member.number)
                born += 1
                trace("\(step): worker \(member.number) dies, its commit \(lands ? "lands" : "is lost"); \(born) joins")
                let seed = random.next()
                members[index] = Member(born, self, faults: faults, seed: seed)
                continue
            }
            if member.frozen > 0 {
                member.frozen -= 1
                // Long silent: the group gives its partitions away; its commit may still arrive.
                if member.frozen == 10 {
                    trace("\(step): worker \(member.number) has been silent for too long and loses its partitions")
                    topic.leave(member.number)
                }
                if random.chance(10) { member.committer.execute() }
                continue
            }
            if random.chance(freeze) {
                member.frozen = 5 + random.below(40)
                trace("\(step): worker \(member.number) falls silent for \(member.frozen) turns")
            }
            try turn(member)
        }
        try settle(members)
    }

    private mutating func turn(_ member: Member) throws(Violation) {
        if random.chance(40) { member.committer.execute() }
        if random.chance(40) { member.reader.execute() }
        do throws(WorkerStop) { try member.loop.step(timeout: .zero) } catch {
            throw Violation(seed: seed, what: "a worker stopped: \(error)")
        }
        if let what = Auditor.glance(database) { throw Violation(seed: seed, what: what) }
    }

    private func advance(_ milliseconds: Int64) { database.tables.withLock { $0.now += milliseconds } }

    /// The trouble ends; everything must be done in bounded time, and be right.
    private mutating func settle(_ members: [Member]) throws(Violation) {
        for member in members {
            member.store.heal()
            member.frozen = 0
        }
        var quiet = 0
        for _ in 0..<6000 {
            advance(25)
            for member in members { try turn(member) }
            let isDone = database.tables.withLock { tables in
                let isFolded = topic.partitions.indices.allSatisfy { number in
                    tables.progress[Partition(topic: topic.name, number: Int32(number))] ?? 0 == topic.end(number)
                }
                return isFolded && tables.edition.preparing == 0
                    && tables.profiles.values.allSatisfy {
                        $0.row.standing.reviewAt > tables.now && $0.row.standing.versions == tables.edition.versions
                    }
            }
            quiet = isDone && !members.contains { $0.committer.isUnderWay } ? quiet + 1 : 0
            if quiet > 3 { break }
        }
        if quiet <= 3 { throw Violation(seed: seed, what: "not everything was folded and reviewed in the time given") }
        if let what = auditor.findings(database).first { throw Violation(seed: seed, what: what) }
    }
}
