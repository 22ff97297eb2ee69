import Decoding
import Foundation
import Interactions
import Testing

/// Identities, channels and lists: what is accepted, and what is stored of it.
@Suite struct NameFieldTests {
    @Test(arguments: [
        "crm:42", "a:b", "phone:+8613800138000", "wechat:oX12", "0_-9:x", "crm::", "crm:a:b", "crm: ", "crm:上海",
        "crm:\u{80}", "crm:\"\\", "\(String(repeating: "n", count: 32)):x",
        "crm:" + String(repeating: "y", count: 188),
    ]) func identities(_ identity: String) throws {
        let data = try JSONEncoder().encode(identity)
        let literal = String(decoding: data, as: UTF8.self)
        let decoded = Decoded(record(["customer": literal, "target": literal, "referrer": literal]))
        let event = try #require(decoded.interaction, "\(decoded.outcome)")
        for path in [\Interaction.customer, \.target, \.referrer] { #expect(decoded.string(path) == identity) }
        #expect(decoded.string(\.channel) == String(identity.prefix { $0 != ":" }))
        #expect(!event.fields.contains(.channel))
    }

    @Test(arguments: ["a", "web", "0", "_-9", String(repeating: "c", count: 32), "nobody-knows-it"])
    func channels(_ channel: String) {
        for type in ["view", "opt_in", "opt_out"] {
            let decoded = Decoded(record(["type": "\"\(type)\"", "channel": "\"\(channel)\""]))
            #expect(decoded.string(\.channel) == channel)
            #expect(decoded.interaction?.fields == .channel)
        }
    }

    @Test(arguments: ["opt_in", "opt_out", "退订"]) func consentWithoutChannelConcernsAll(_ type: String) {
        for channel in [nil, "null", "\"\""] {
            let decoded = Decoded(record(["type": "\"\(type)\"", "channel": channel]))
            #expect(decoded.interaction?.channel.isAbsent == true)
            #expect(decoded.interaction?.fields == [])
        }
    }

    @Test func tags() {
        let names = (0..<31).map { "t\($0)" } + [String(repeating: "é", count: 64)]
        let list = "[" + names.map { "\"\($0)\"" }.joined(separator: " , ") + "]"
        for type in ["tag_add", "tag_remove"] {
            let decoded = Decoded(record(["type": "\"\(type)\"", "tags": list]))
            #expect(decoded.settings.map(\.name) == names, "\(decoded.outcome)")
            #expect(decoded.settings.allSatisfy { $0.value == .none })
        }
        #expect(Decoded(record(["type": "\"tag_add\"", "tags": "[\"a\",\"a\",\"\\u5165\"]"])).settings.count == 3)
        #expect(Decoded(record(["tags": "[]", "attributes": "{}"])).interaction != nil)
        // On other types they are checked and left.
        for type in ["view", "attributes_set"] {
            let decoded = Decoded(record(["type": "\"\(type)\"", "tags": list, "attributes": "{\"a\":null}"]))
            #expect(decoded.settings.map(\.name) == (type == "view" ? [] : ["a"]))
        }
    }

    @Test(arguments: [
        ("1", 1), ("-0", -0.0), ("0.1", 0.1), ("1e308", 1e308), ("1E+2", 100), ("1e-999", 0), ("0.3e-0", 0.3),
        ("-1.7976931348623157e308", -Double.greatestFiniteMagnitude), ("5e-324", Double.leastNonzeroMagnitude),
        ("9007199254740993", 9_007_199_254_740_992), ("100000000000000000000000000", 1e26),
    ]) func numberAttributes(_ literal: String, _ number: Double) {
        let decoded = Decoded(record(["type": "\"attributes_set\"", "attributes": "{\"n\":\(literal)}"]))
        #expect(decoded.settings.first?.value == .number(number), "\(decoded.outcome)")
    }

    @Test func attributes() throws {
        let text = String(repeating: "文", count: 341) + "!"
        let decoded = Decoded(
            record([
                "type": "\"attributes_set\"",
                "attributes": """
                {"t":"\(text)","e":"","y":true,"n":false,"gone":null,"\\u540d":"\\u005c\\n","\(
                    String(repeating: "k", count: 128))":-2.5}
                """,
            ]))
        let settings = decoded.settings
        try #require(settings.count == 7, "\(decoded.outcome)")
        #expect(settings.map(\.name) == ["t", "e", "y", "n", "gone", "名", String(repeating: "k", count: 128)])
        func content(_ index: Int) -> String? {
            guard case .text(let text) = settings[index].value else { return nil }
            return decoded.batch.bytes.string(text)
        }
        #expect(content(0) == text && text.utf8.count == 1024)
        #expect(content(1) == "")
        #expect(settings[2].value == .boolean(true))
        #expect(settings[3].value == .boolean(false))
        #expect(settings[4].value == .none)
        #expect(content(5) == "\\\n")
        #expect(settings[6].value == .number(-2.5))
        let many = "{" + (0..<64).map { "\"a\($0)\":\($0)" }.joined(separator: ",") + "}"
        #expect(Decoded(record(["type": "\"attributes_set\"", "attributes": many])).settings.count == 64)
    }
}
