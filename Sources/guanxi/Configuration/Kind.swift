import Interactions

/// What a setting's text may be, and how it is read.
struct Kind<Value: Sendable>: Sendable {
    /// One word for the documentation: `duration`, `size`, `integer`, …
    let name: String
    /// What is accepted, as it stands in an error: "a duration such as 250ms, 5s, 2m or 1h, from 1s to 10m".
    let accepts: String
    /// Whether several values may be given, as a list in YAML or separated by commas elsewhere.
    var isList = false
    /// Nil when the text is not accepted.
    let read: @Sendable (String) -> Value?
}

extension Kind where Value == String {
    /// One line of text.
    static func text(_ accepts: String = "text of 1 to 1024 bytes without control characters") -> Kind {
        Kind(name: "text", accepts: accepts) { isPlain($0) ? $0 : nil }
    }

    /// A name for a topic, a group, a schema, a worker: safe in Kafka, in SQL and in a metric.
    static func name(_ allowed: String, first: String? = nil, most: Int) -> Kind {
        let description = "1 to \(most) of the characters \(allowed)"
        return Kind(
            name: "name",
            accepts: first.map { "\(description), the first one of \($0)" } ?? description
        ) { text in
            let set = Characters(allowed)
            let start = Characters(first ?? allowed)
            guard let head = text.utf8.first, (1...most).contains(text.utf8.count), start.contains(head) else {
                return nil
            }
            return text.utf8.allSatisfy { set.contains($0) } ? text : nil
        }
    }

    /// Where PostgreSQL is, in either of libpq's two forms.
    static var connection: Kind {
        Kind(
            name: "connection",
            accepts: "a URL such as postgresql://user@host:5432/database?sslmode=verify-full, or libpq's "
                + "host=… dbname=… form"
        ) { text in
            guard isPlain(text) else { return nil }
            if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") { return text }
            return text.contains("=") && !text.contains("://") ? text : nil
        }
    }

    private static func isPlain(_ text: String) -> Bool {
        (1...1024).contains(text.utf8.count) && !text.utf8.contains { $0 < 0x20 || $0 == 0x7f }
    }
}

extension Kind where Value == [String] {
    /// `host:port`, several.
    static var addresses: Kind {
        Kind(name: "addresses", accepts: "one or more host:port, separated by commas", isList: true) { text in
            let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.trimmed }
            return parts.allSatisfy(isAddress) ? parts : nil
        }
    }

    /// Host and port; an IPv6 address stands in brackets.
    private static func isAddress(_ text: String) -> Bool {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]) else {
            return false
        }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard (1...65_535).contains(port), !host.isEmpty, isBracketed || !host.contains(":") else { return false }
        return host.utf8.allSatisfy { byte in
            isBracketed ? true : Characters("a-z A-Z 0-9 . - _").contains(byte)
        }
    }
}

extension Kind where Value == Int {
    static func integer(_ range: ClosedRange<Int>) -> Kind {
        Kind(name: "integer", accepts: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            guard text.utf8.first != UInt8(ascii: "+"), let value = Int(text) else { return nil }
            return range.contains(value) ? value : nil
        }
    }

    /// Bytes. A number without a unit is bytes.
    static func size(_ range: ClosedRange<Int>) -> Kind {
        Kind(
            name: "size",
            accepts: "a size such as 512KiB, 64MiB or 1GiB, "
                + "from \(Size.text(range.lowerBound)) to \(Size.text(range.upperBound))"
        ) { text in
            guard let value = Size.read(text) else { return nil }
            return range.contains(value) ? value : nil
        }
    }
}

extension Kind where Value == Duration {
    static func duration(_ range: ClosedRange<Duration>) -> Kind {
        Kind(
            name: "duration",
            accepts: "a duration such as 250ms, 5s, 2m, 1h or 7d, "
                + "from \(range.lowerBound.written) to \(range.upperBound.written)"
        ) { text in
            guard let value = Duration(written: text) else { return nil }
            return range.contains(value) ? value : nil
        }
    }
}

extension Kind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of the names of `Value`.
    static var choice: Kind {
        let names = Value.allCases.map(\.rawValue)
        return Kind(name: "choice", accepts: "one of \(names.joined(separator: ", "))") { Value(rawValue: $0) }
    }
}

extension Kind where Value == HashKey {
    /// Sixteen bytes.
    static var hashKey: Kind {
        Kind(name: "key", accepts: "32 hexadecimal digits") { text in
            let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
            guard text.utf8.count == 32, digits.count == 32 else { return nil }
            let bytes = stride(from: 0, to: 32, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
            return HashKey(bytes: bytes)
        }
    }
}

extension Kind where Value == Zone {
    static var zone: Kind {
        Kind(name: "time zone", accepts: "a name of the system's tz database, such as UTC or Asia/Shanghai") {
            Zone($0)
        }
    }
}

/// A set of ASCII characters, written as ranges and single ones separated by spaces: `a-z 0-9 _`.
struct Characters: Sendable {
    private var bytes: Set<UInt8> = []

    init(_ ranges: String) {
        for part in ranges.split(separator: " ") {
            let utf8 = Array(part.utf8)
            if utf8.count == 3, utf8[1] == UInt8(ascii: "-") {
                bytes.formUnion(utf8[0]...utf8[2])
            } else {
                bytes.formUnion(utf8)
            }
        }
    }

    func contains(_ byte: UInt8) -> Bool { bytes.contains(byte) }
}

extension Substring {
    var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}
