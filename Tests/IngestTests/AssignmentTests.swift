import Ingest
import Testing

@Suite struct AssignmentTests {
    let p0 = Partition(topic: "t", number: 0)
    let p1 = Partition(topic: "t", number: 1)

    /// Gathers records that come in one go; which of them were ours.
    func gather(_ wanted: [(Partition, Int64)], in assignment: inout Assignment) -> [Bool] {
        var records = Records()
        for (place, record) in wanted.enumerated() {
            records.append([], partition: record.0, offset: record.1, timestamp: Int64(place))
        }
        assignment.gather(&records)
        let kept = Set(records.records.map(\.timestamp))
        return wanted.indices.map { kept.contains(Int64($0)) }
    }

    @Test func slicesFollowEachOtherWithoutAGap() {
        var assignment = Assignment()
        assignment.assigned([p0: 10, p1: 0])
        let first = gather([(p0, 10), (p0, 12)], in: &assignment)  // the log may have gaps
        #expect(first == [true, true])
        let slices = [assignment.closed(), assignment.closed()]
        #expect(slices == [[Slice(partition: p0, start: 10, end: 13)], []], "nothing was gathered in between")
        let second = gather([(p1, 5), (p0, 13)], in: &assignment)
        #expect(second == [true, true])
        let last = assignment.closed()
        #expect(
            last == [Slice(partition: p0, start: 13, end: 14), Slice(partition: p1, start: 0, end: 6)])
    }

    @Test func whatIsNotOursIsNotFolded() {
        var assignment = Assignment()
        let unassigned = gather([(p0, 0)], in: &assignment)
        #expect(unassigned == [false])
        assignment.assigned([p0: 10])
        let around = gather([(p0, 9), (p0, 10), (p0, 10)], in: &assignment)
        #expect(around == [false, true, false], "before the position, at it, and delivered twice")
        assignment.revoked()
        let revoked = gather([(p0, 11)], in: &assignment)
        let slices = assignment.closed()
        #expect(revoked == [false] && slices == [], "what was gathered is dropped with the partition")
        assignment.assigned([p0: 10, p1: 3])
        assignment.stopped(p0)
        let stopped = gather([(p0, 10), (p1, 3)], in: &assignment)
        #expect(stopped == [false, true])
        #expect(assignment.partitions == [p1])
    }
}
