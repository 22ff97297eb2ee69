import Ingest
import Testing

@Suite struct AssignmentTests {
    let p0 = Partition(topic: "t", number: 0)
    let p1 = Partition(topic: "t", number: 1)

    @Test func slicesFollowEachOtherWithoutAGap() {
        var assignment = Assignment()
        assignment.assigned([p0: 10, p1: 0])
        #expect(assignment.gathered(p0, offset: 10))
        #expect(assignment.gathered(p0, offset: 12), "the log may have gaps")
        #expect(assignment.closed() == [Slice(partition: p0, start: 10, end: 13)])
        #expect(assignment.closed() == [], "nothing was gathered since")
        #expect(assignment.gathered(p1, offset: 5))
        #expect(assignment.gathered(p0, offset: 13))
        #expect(
            assignment.closed() == [
                Slice(partition: p0, start: 13, end: 14), Slice(partition: p1, start: 0, end: 6),
            ])
    }

    @Test func whatIsNotOursIsNotFolded() {
        var assignment = Assignment()
        #expect(!assignment.gathered(p0, offset: 0), "never assigned")
        assignment.assigned([p0: 10])
        #expect(!assignment.gathered(p0, offset: 9), "before the position")
        #expect(assignment.gathered(p0, offset: 10))
        #expect(!assignment.gathered(p0, offset: 10), "delivered twice")
        assignment.revoked()
        #expect(!assignment.gathered(p0, offset: 11))
        #expect(assignment.closed() == [], "what was gathered is dropped with the partition")
        assignment.assigned([p0: 10, p1: 3])
        assignment.stopped(p0)
        #expect(!assignment.gathered(p0, offset: 10))
        #expect(assignment.partitions == [p1])
    }
}
