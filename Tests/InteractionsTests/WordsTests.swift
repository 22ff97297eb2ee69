import Interactions
import TestSupport
import Testing

/// Bytes taken eight at a time are what they are one by one, at every length and wherever they differ.
@Suite struct WordsTests {
    private func bytes(_ count: Int, _ random: inout SplitMix) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    private func areSame(_ a: [UInt8], _ b: [UInt8]) -> Bool { a.span.isSame(as: b.span) }
    private func few(_ bytes: [UInt8]) -> UInt64 { bytes.span.few }

    @Test(arguments: Seeds.all(50)) func equalityIsThatOfArrays(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for count in 0...40 {
            let one = bytes(count, &random)
            #expect(areSame(one, Array(one)), "\(count) bytes")
            #expect(!areSame(one, one + [0]))
            for index in 0..<count {
                var other = one
                other[index] ^= 1 << UInt8(random.below(8))
                #expect(!areSame(one, other), "byte \(index) of \(count)")
                if count <= 8 { #expect(few(one) != few(other), "byte \(index) of \(count)") }
            }
        }
    }

    @Test(arguments: Seeds.all(50)) func wordsBeginWithTheirLowestByte(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        for count in 1...40 {
            let all = bytes(count, &random)
            for start in 0..<count {
                let end = min(count, start + 8)
                let expected = all[start..<end].reversed().reduce(0) { $0 << 8 | UInt64($1) }
                let word = end - start == 8 ? all.span.word(at: start) : all.span.lastWord(from: start)
                #expect(word == expected, "\(start) of \(count)")
            }
        }
    }
}
