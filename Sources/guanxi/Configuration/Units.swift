/// Sizes as people write them: `64MiB`.
enum Size {
    private static let units: [(name: String, bytes: Int)] = [
        ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000),
        ("B", 1),
    ]

    /// Bytes; nil when `text` is not digits and a unit, or too large for an integer.
    static func read(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits) else { return nil }
        let unit = text[digits.endIndex...]
        guard let bytes = unit.isEmpty ? 1 : units.first(where: { $0.name == unit })?.bytes else { return nil }
        let (value, overflow) = count.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : value
    }

    /// In the largest binary unit that divides it.
    static func text(_ bytes: Int) -> String {
        for (name, size) in units.prefix(3) where bytes >= size && bytes % size == 0 { return "\(bytes / size)\(name)" }
        return "\(bytes)B"
    }
}

extension Duration {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// `250ms`, `1.5s`, `2m`, `1h`, `7d`: a number with at most three decimals and its unit, whole milliseconds.
    init?(written text: String) {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let parts = number.split(separator: ".", omittingEmptySubsequences: false)
        let name = text[number.endIndex...]
        guard let unit = Self.units.first(where: { $0.name == name })?.milliseconds, (1...2).contains(parts.count),
            (1...9).contains(parts[0].count), let whole = Int64(parts[0])
        else { return nil }
        var milliseconds = whole * unit
        if parts.count == 2 {
            guard (1...3).contains(parts[1].count), let decimals = Int64(parts[1]) else { return nil }
            let scale: Int64 = [10, 100, 1000][parts[1].count - 1]
            guard decimals * unit % scale == 0 else { return nil }
            milliseconds += decimals * unit / scale
        }
        self = .milliseconds(milliseconds)
    }

    /// In the largest unit that divides it.
    var written: String {
        let milliseconds = self.milliseconds
        for (name, unit) in Self.units where milliseconds >= unit && milliseconds % unit == 0 {
            return "\(milliseconds / unit)\(name)"
        }
        return "\(milliseconds)ms"
    }

    /// Whole milliseconds.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
