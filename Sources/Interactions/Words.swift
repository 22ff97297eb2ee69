/// Bytes eight at a time, the first of them lowest in a word: names are compared and hashed so.
extension Span<UInt8> {
    /// The eight bytes from `index` on.
    @inlinable @inline(__always) public func word(at index: Int) -> UInt64 {
        let bytes = extracting(index..<index &+ 8)
        var word: UInt64 = 0
        for index in 0..<8 { word |= UInt64(bytes[index]) &<< UInt64(index &* 8) }
        return word
    }

    /// The bytes from `index` on, of which fewer than eight are left and one at least; the rest of the word is zero.
    @inlinable @inline(__always) public func lastWord(from index: Int) -> UInt64 {
        // Where there are eight bytes, those before `index` are shifted out.
        if count >= 8 { return word(at: count &- 8) &>> UInt64((8 &- (count &- index)) &* 8) }
        var word: UInt64 = 0
        for position in index..<count { word |= UInt64(self[position]) &<< UInt64((position &- index) &* 8) }
        return word
    }

    /// All of no more than eight bytes as one number, which spans of the same count share only if they are equal: the
    /// first half and the last, which overlap where there are fewer.
    @inlinable @inline(__always) public var few: UInt64 {
        if count >= 4 { return half(at: 0) | half(at: count &- 4) &<< 32 }
        if count == 0 { return 0 }
        return UInt64(self[0]) | UInt64(self[count / 2]) &<< 8 | UInt64(self[count &- 1]) &<< 16
    }

    @inlinable @inline(__always) func half(at start: Int) -> UInt64 {
        let bytes = extracting(start..<start &+ 4)
        var half: UInt64 = 0
        for index in 0..<4 { half |= UInt64(bytes[index]) &<< UInt64(index &* 8) }
        return half
    }

    /// Whether the bytes are equal.
    @inlinable @inline(__always) public func isSame(as other: Span<UInt8>) -> Bool {
        if count != other.count { return false }
        if count <= 8 { return few == other.few }
        var index = 0
        while index &+ 8 < count {
            if word(at: index) != other.word(at: index) { return false }
            index &+= 8
        }
        // The last eight, of which some were compared before.
        return word(at: count &- 8) == other.word(at: count &- 8)
    }
}
