import Ingest
import TestSupport

/// A topic and its consumer group, made of values: who owns what changes when members come, go or fall silent.
final class SimulatedTopic {
    struct Record {
        var offset: Int64
        var value: [UInt8]?
        var key: [UInt8]
    }

    let name = "interactions"
    private(set) var partitions: [[Record]]
    private var members: [Int] = []
    /// Grows with every change of membership; a member that has seen an older one is told on its next poll.
    private(set) var generation = 0

    init(partitions: Int) { self.partitions = [[Record]](repeating: [], count: partitions) }

    /// - Parameter gap: offsets left out before it, as compaction and transactions leave them.
    func append(_ value: [UInt8]?, key: [UInt8], to partition: Int, gap: Int64) {
        let next = (partitions[partition].last?.offset ?? -1) + 1 + gap
        partitions[partition].append(Record(offset: next, value: value, key: key))
    }

    func end(_ partition: Int) -> Int64 { (partitions[partition].last?.offset ?? -1) + 1 }

    func join(_ member: Int) {
        if members.contains(member) { return }
        members.append(member)
        generation += 1
    }

    func leave(_ member: Int) {
        if !members.contains(member) { return }
        members.removeAll { $0 == member }
        generation += 1
    }

    func isMember(_ member: Int) -> Bool { members.contains(member) }

    /// A rebalance for no reason.
    func shake() { generation += 1 }

    func share(of member: Int) -> [Partition] {
        guard let place = members.sorted().firstIndex(of: member) else { return [] }
        return partitions.indices.filter { $0 % members.count == place }.map {
            Partition(topic: name, number: Int32($0))
        }
    }
}

/// One member's view of the topic.
final class SimulatedLog: RecordLog {
    private let topic: SimulatedTopic
    private let member: Int
    private var random: SplitMix
    private var seen = -1
    private var positions: [Partition: Int64] = [:]
    private var hasAssignment = false
    private var mayDeliver = false

    init(_ topic: SimulatedTopic, member: Int, seed: UInt64) {
        self.topic = topic
        self.member = member
        random = SplitMix(seed: seed)
        topic.join(member)
    }

    func poll(
        into records: inout Records, maximumRecords: Int, maximumBytes: Int, timeout: Duration
    ) throws(LogError) -> LogEvent {
        records.removeAll()
        if seen != topic.generation {
            if hasAssignment {
                hasAssignment = false
                mayDeliver = false
                return .revoked(lost: !topic.isMember(member))
            }
            topic.join(member)  // one that was thrown out for its silence comes back
            seen = topic.generation
            hasAssignment = true
            return .assigned(topic.share(of: member))
        }
        if !mayDeliver || maximumRecords == 0 { return .idle }
        var left = min(maximumRecords, 1 + random.below(20))
        for partition in positions.keys.sorted() where left > 0 && random.chance(80) {
            for record in topic.partitions[Int(partition.number)] where record.offset >= positions[partition]! {
                if left == 0 { break }
                records.append(
                    record.value, key: record.key, partition: partition, offset: record.offset, timestamp: 0)
                positions[partition] = record.offset + 1
                left -= 1
            }
        }
        records.pad()
        return records.isEmpty ? .idle : .records
    }

    func assign(_ positions: [Partition: Int64]) throws(LogError) {
        self.positions = positions
        mayDeliver = true
    }

    func unassign() throws(LogError) {
        positions = [:]
        mayDeliver = false
    }

    /// Not to be relied upon, so it says anything.
    func areAll(_ partitions: [Partition]) -> Bool { random.chance(50) }
    func report(_ positions: [Partition: Int64]) {}
    func ends() -> [Partition: Int64] { [:] }
    func close(timeout: Duration) { topic.leave(member) }
}
