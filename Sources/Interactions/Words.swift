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

    /// Whether the bytes are equal.
    @inlinable @inline(__always) public func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index &+ 8 <= count {
            if word(at: index) != other.word(at: index) { return false }
            index &+= 8
        }
        return index == count || lastWord(from: index) == other.lastWord(from: index)
    }
}
