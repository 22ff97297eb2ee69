/// Writing JSON straight into bytes.
extension [UInt8] {
    mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    mutating func append(number: Int) {
        var count = 1
        var rest = number
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        let start = self.count
        append(contentsOf: repeatElement(0, count: count))
        rest = number
        for index in stride(from: start + count - 1, through: start, by: -1) {
            self[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    mutating func append(cents: Int) {
        append(number: cents / 100)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(cents / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(cents % 10))
    }
}
