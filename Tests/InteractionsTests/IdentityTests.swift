import Interactions
import Testing

@Suite struct IdentityTests {
    private static func namespaceLength(_ identity: String) -> Int? {
        Identity.namespaceLength(Array(identity.utf8).span)
    }

    static let accepted: [(String, Int)] = [
        ("crm:42", 3), ("wechat:oX12", 6), ("phone:+8613800000000", 5), ("a:b", 1), ("a-b_9:x", 5),
        // The first colon separates; the rest is the id's own.
        ("crm:a:b", 3), ("crm::", 3), ("crm: ", 3), ("crm:客户", 3),
        (String(repeating: "n", count: 32) + ":1", 32),
        ("crm:" + String(repeating: "x", count: 188), 3),
    ]

    @Test(arguments: accepted.indices) func identities(_ index: Int) {
        #expect(Self.namespaceLength(Self.accepted[index].0) == Self.accepted[index].1)
    }

    static let refused = [
        "", ":", "crm", "crm:", ":42", "CRM:42", "c m:42", "crm.x:42", "客户:1", "crm:a\u{0}", "crm:a\n", "crm:\u{7f}",
        "crm:\u{1f}x", String(repeating: "n", count: 33) + ":1", "crm:" + String(repeating: "x", count: 189),
        "crm:" + String(repeating: "客", count: 63),
    ]

    @Test(arguments: refused.indices) func noIdentities(_ index: Int) {
        #expect(Self.namespaceLength(Self.refused[index]) == nil)
    }

    @Test func theBestNameOfAPerson() {
        // Strongest first: by namespace, unknown ones all alike, then by bytes.
        let ranked = [
            "crm:10", "crm:9", "member:1", "phone:1", "unionid:1", "aaa:1", "wechat:1", "zzz:1", "device:1", "cookie:1",
        ]
        for (place, identity) in ranked.enumerated() {
            for other in ranked[(place + 1)...] {
                #expect(Identity.isStronger(identity, than: other), "\(identity) before \(other)")
                #expect(!Identity.isStronger(other, than: identity), "\(other) after \(identity)")
            }
            #expect(!Identity.isStronger(identity, than: identity))
        }
    }

    @Test func namespacesThePriorityDoesNotNameAreLast() {
        #expect(Identity.isStronger("wechat:9", than: "crm:1", priority: ["wechat"]))
        #expect(Identity.isStronger("crm:1", than: "phone:1", priority: ["wechat"]))
    }
}
