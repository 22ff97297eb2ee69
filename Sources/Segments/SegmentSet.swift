/// A set of segments, by their number among those that a program watches.
public struct SegmentSet: Hashable, Sendable {
    public private(set) var words: [UInt64] = []

    public init(count: Int) {
        let count = (count + 63) / 64
        // A third of what an array of `repeating` costs.
        words.append(addingCapacity: count) { $0.append(repeating: 0, count: count) }
    }

    public func contains(_ index: Int) -> Bool { words[index &>> 6] &>> UInt64(index & 63) & 1 == 1 }
    public mutating func insert(_ index: Int) { words[index &>> 6] |= 1 &<< UInt64(index & 63) }
    public mutating func formUnion(_ other: SegmentSet) {
        for index in words.indices { words[index] |= other.words[index] }
    }
    mutating func replace(with other: SegmentSet) {
        for index in words.indices { words[index] = other.words[index] }
    }
    mutating func formIntersection(_ other: SegmentSet) {
        for index in words.indices { words[index] &= other.words[index] }
    }

    public mutating func remove(_ index: Int) { words[index &>> 6] &= ~(1 &<< UInt64(index & 63)) }

    /// What is in one of two sets of the same program and not in the other.
    public func symmetricDifference(_ other: SegmentSet) -> SegmentSet {
        var result = self
        for index in words.indices { result.words[index] ^= other.words[index] }
        return result
    }

    public var count: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    public var isEmpty: Bool { words.allSatisfy { $0 == 0 } }

    mutating func removeAll() { for index in words.indices { words[index] = 0 } }

    /// Ascending.
    @inline(__always)
    public func forEach(_ body: (Int) -> Void) {
        for (index, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                body(index * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
    }

    /// Ascending.
    public var indices: [Int] {
        var result: [Int] = []
        forEach { result.append($0) }
        return result
    }
}

typealias NodeSet = SegmentSet
