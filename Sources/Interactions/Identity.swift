/// `namespace:id`, the name of a person somewhere: `wechat:oX12`, `phone:+8613…`, `crm:42`.
public enum Identity {
    public static let maximumBytes = 192

    /// The length of the namespace if `bytes` is an identity: `[a-z0-9_-]{1,32}`, a colon, then one or more bytes
    /// without control characters, at most 192 in all. Nil otherwise. The first colon separates.
    public static func namespaceLength(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count <= maximumBytes else { return nil }
        var colon = 0
        while colon < bytes.count, bytes[colon] != UInt8(ascii: ":") {
            if !isNameByte(bytes[colon]) { return nil }
            colon += 1
        }
        guard (1...32).contains(colon), bytes.count > colon + 1 else { return nil }
        for index in colon + 1..<bytes.count where bytes[index] < 0x20 || bytes[index] == 0x7f { return nil }
        return colon
    }

    /// Whether `bytes` are all those of a namespace or a channel.
    public static func isName(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices where !isNameByte(bytes[index]) { return false }
        return true
    }

    /// A byte of a namespace or a channel.
    public static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Namespaces from strongest to weakest; `nil` stands for all that are not named.
    public static let standardPriority: [String?] = ["crm", "member", "phone", "unionid", nil, "device", "cookie"]

    /// Whether `a` is the better name of a person than `b`: stronger namespace, then smaller bytes.
    public static func isStronger(_ a: String, than b: String, priority: [String?] = standardPriority) -> Bool {
        let ranks = (rank(a, priority), rank(b, priority))
        if ranks.0 != ranks.1 { return ranks.0 < ranks.1 }
        return a.utf8.lexicographicallyPrecedes(b.utf8)
    }

    private static func rank(_ identity: String, _ priority: [String?]) -> Int {
        let namespace = String(identity.prefix { $0 != ":" })
        return priority.firstIndex(of: namespace) ?? priority.firstIndex(of: nil) ?? priority.count
    }
}
