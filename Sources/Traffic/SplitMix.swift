/// SplitMix64 (Steele, Lea and Flood 2014): one word of state, so a stream is one number.
package struct SplitMix: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    package static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ z &>> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z &>> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z &>> 31
    }

    /// Uniform in 0..<bound.
    package mutating func below(_ bound: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(bound)).high) }
    /// Uniform in 0..<1.
    package mutating func unit() -> Double { Double(next() &>> 11) * 0x1p-53 }
    /// True with this probability; draws nothing where it is never true, so that a share of 0 leaves a stream alone.
    package mutating func isHit(_ probability: Double) -> Bool { probability > 0 && unit() < probability }
}
