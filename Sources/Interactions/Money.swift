/// Decimal literals as integers, rounded half to even from the digits themselves.
///
/// Money is kept in minor units (hundredths), ratings in hundredths, sentiment in thousandths, durations in
/// milliseconds: a binary double would round 1.015 the wrong way, so the literal's own digits decide.
public enum Decimal {
    /// The value of a JSON number literal times 10^`places`, rounded half to even.
    ///
    /// - Parameter literal: a valid JSON number: `-?digits[.digits][(e|E)[+-]digits]`.
    /// - Returns: nil when the result does not fit `Int64` or the exponent is absurd (out of range anywhere).
    public static func scaled(_ literal: Span<UInt8>, places: Int) -> Int64? {
        var index = 0
        let negative = literal.count > 0 && literal[0] == UInt8(ascii: "-")
        if negative { index = 1 }

        // All digits in order with the position of the point; leading zeros cost nothing, so they are dropped.
        var digits: [UInt8] = []
        var integerDigits = 0
        var sawPoint = false
        var exponent = 0
        while index < literal.count {
            let byte = literal[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if !(digits.isEmpty && byte == UInt8(ascii: "0")) {
                    digits.append(byte - UInt8(ascii: "0"))
                    if !sawPoint { integerDigits += 1 }
                } else if sawPoint {
                    integerDigits -= 1  // 0.00x: the first digit kept stands further right
                }
                index += 1
            case UInt8(ascii: "."):
                sawPoint = true
                index += 1
            default:  // e or E
                index += 1
                var exponentNegative = false
                if index < literal.count, literal[index] == UInt8(ascii: "-") || literal[index] == UInt8(ascii: "+") {
                    exponentNegative = literal[index] == UInt8(ascii: "-")
                    index += 1
                }
                while index < literal.count {
                    exponent = min(exponent * 10 + Int(literal[index] - UInt8(ascii: "0")), 1_000_000)
                    index += 1
                }
                if exponentNegative { exponent = -exponent }
            }
        }
        if digits.isEmpty { return 0 }

        // `kept` digits stand before the rounding position.
        let kept = integerDigits + exponent + places
        if kept > 19 { return nil }
        if kept < 0 { return 0 }
        var value: Int64 = 0
        for position in 0..<kept {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(
                Int64(position < digits.count ? digits[position] : 0))
            if overflow || carry { return nil }
            value = sum
        }
        if kept < digits.count {
            let half = digits[kept]
            let beyond = digits[(kept + 1)...].contains { $0 != 0 }
            if half > 5 || (half == 5 && (beyond || value % 2 == 1)) {
                if value == .max { return nil }
                value += 1
            }
        }
        return negative ? -value : value
    }
}
