import RealModule

/// ψ(x) = d ln Γ(x)/dx for x > 0: the recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 6.3.18).
func digamma(_ x: Double) -> Double {
    var x = x
    var sum = 0.0
    while x < 10 {
        sum -= 1 / x
        x += 1
    }
    let y = 1 / (x * x)
    let tail = 1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y * (1.0 / 132 - y * 691 / 32760))))
    return sum + Double.log(x) - 0.5 / x - y * tail
}

/// ψ′(x) for x > 0, likewise (6.4.12).
func trigamma(_ x: Double) -> Double {
    var x = x
    var sum = 0.0
    while x < 10 {
        sum += 1 / (x * x)
        x += 1
    }
    let y = 1 / (x * x)
    let tail = 1.0 / 6 - y * (1.0 / 30 - y * (1.0 / 42 - y * (1.0 / 30 - y * (5.0 / 66 - y * 691 / 2730))))
    return sum + (1 + 0.5 / x + y * tail) / x
}
