import RealModule

/// Draws ranks 0, 1, 2 … with probability proportional to 1/(rank + 1)^exponent: exact, by inversion of the
/// distribution, with a table that says where in it to begin looking.
package struct Zipf: Sendable {
    private let cumulative: [Double]
    private let guide: [Int32]

    /// - Parameter exponent: 0 draws all ranks alike.
    package init(count: Int, exponent: Double) {
        precondition(count > 0, "a distribution needs somebody to draw")
        var sum = 0.0
        var cumulative: [Double] = []
        cumulative.reserveCapacity(count)
        for rank in 1...count {
            sum += Double.pow(Double(rank), -exponent)
            cumulative.append(sum)
        }
        for index in cumulative.indices { cumulative[index] /= sum }
        cumulative[count - 1] = 1
        self.cumulative = cumulative
        var guide: [Int32] = []
        var rank = 0
        for step in 0..<4096 {
            while cumulative[rank] < Double(step) / 4096 { rank += 1 }
            guide.append(Int32(rank))
        }
        self.guide = guide
    }

    package func draw(_ random: inout SplitMix) -> Int {
        let point = random.unit()
        var low = Int(guide[Int(point * 4096)])
        var high = Int(point * 4096) + 1 < 4096 ? Int(guide[Int(point * 4096) + 1]) : cumulative.count - 1
        while low < high {
            let middle = (low + high) / 2
            if cumulative[middle] > point { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// The share of all draws that falls to the first `ranks`.
    package func share(ofFirst ranks: Int) -> Double { cumulative[ranks - 1] }
}

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
}
