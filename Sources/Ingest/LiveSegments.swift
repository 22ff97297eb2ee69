import Scoring
import Segments

/// One reading of a segment's condition, with everything it names: what memberships are kept of.
///
/// A segment whose condition changes gets another revision, which is prepared for everybody before it takes the place
/// of the one before in a single step; a segment that stays as it was keeps its revision.
public struct SegmentRevision: Equatable, Sendable {
    public enum State: String, Sendable {
        /// Evaluated, and seen by nobody yet.
        case preparing
        /// What readers see.
        case current
    }

    /// Unique for ever.
    public var number: Int32
    /// Of the segment.
    public var id: String
    public var state: State
    /// Version of the definitions that brought it.
    public var version: Int
    /// What its condition means, as text or its hash: equal for equal conditions.
    public var digest: String
    /// Of one that is prepared: the revision whose place it takes.
    public var replaces: Int32?

    public init(number: Int32, id: String, state: State, version: Int, digest: String, replaces: Int32? = nil) {
        self.number = number
        self.id = id
        self.state = state
        self.version = version
        self.digest = digest
        self.replaces = replaces
    }
}

/// The segments people are evaluated for: those that readers see and those that are prepared, in one program.
public struct LiveSegments: Sendable {
    /// Ascending by number: the order of the bits of a `SegmentSet`.
    public let revisions: [SegmentRevision]
    public let program: SegmentProgram

    public init() { self.init([], SegmentProgram([])) }

    /// - Parameter program: watches the revisions in their order.
    public init(_ revisions: [SegmentRevision], _ program: SegmentProgram) {
        precondition(program.watched.count == revisions.count, "the program watches what is live")
        self.revisions = revisions
        self.program = program
    }

    public var isEmpty: Bool { revisions.isEmpty }

    /// What is live of these revisions.
    public func set(of numbers: [Int32]) -> SegmentSet {
        var set = SegmentSet(count: revisions.count)
        for number in numbers {
            if let index = index(of: number) { set.insert(index) }
        }
        return set
    }

    public func numbers(_ set: SegmentSet) -> [Int32] {
        var numbers: [Int32] = []
        numbers.reserveCapacity(set.count)
        set.forEach { numbers.append(revisions[$0].number) }
        return numbers
    }

    private func index(of number: Int32) -> Int? {
        var (low, high) = (0, revisions.count)
        while low < high {
            let middle = (low + high) / 2
            if revisions[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < revisions.count && revisions[low].number == number ? low : nil
    }
}

/// What a new document does to the revisions there are.
public struct RevisionPlan: Sendable {
    /// Segments whose condition is new, and the current revision each is to replace.
    public var prepared: [(id: String, replaces: Int32?)] = []
    /// Were prepared and are no longer wanted: nobody has seen them.
    public var dropped: [Int32] = []
    /// Current ones of segments that are no more: their members leave.
    public var removed: [SegmentRevision] = []
    /// Stay as they are, current or prepared.
    public var kept: [SegmentRevision] = []

    /// - Parameter digests: by id, of the segments of the new document.
    public init(_ revisions: [SegmentRevision], digests: [(id: String, digest: String)]) {
        let wanted = Dictionary(uniqueKeysWithValues: digests.map { ($0.id, $0.digest) })
        let current = Dictionary(
            uniqueKeysWithValues: revisions.filter { $0.state == .current }.map { ($0.id, $0) })
        let preparing = Dictionary(
            uniqueKeysWithValues: revisions.filter { $0.state == .preparing }.map { ($0.id, $0) })
        for revision in revisions {
            switch revision.state {
            case .current:
                if wanted[revision.id] == nil {
                    removed.append(revision)
                } else if wanted[revision.id] == revision.digest {
                    kept.append(revision)
                }
            case .preparing:
                // Back to what readers see: there is nothing to prepare.
                if wanted[revision.id] == revision.digest, current[revision.id]?.digest != revision.digest {
                    kept.append(revision)
                } else {
                    dropped.append(revision.number)
                }
            }
        }
        for (id, digest) in digests where current[id]?.digest != digest && preparing[id]?.digest != digest {
            prepared.append((id, current[id]?.number))
        }
    }
}
