import Interactions
import Profiles
import Testing

@testable import guanxi

@Suite struct Connections {
    @Test(arguments: [
        ("postgresql://u@h/db", "postgresql://u@h/db?password=p%20%26%2fw%c3%a9"),
        ("postgres://u@h/db?sslmode=require", "postgres://u@h/db?sslmode=require&password=p%20%26%2fw%c3%a9"),
        ("host=h dbname=d", "host=h dbname=d password='p &/wé'"),
    ])
    func takeThePasswordInTheirOwnForm(text: String, whole: String) {
        #expect(Conninfo.adding(password: "p &/wé", to: text) == whole)
        #expect(Conninfo.adding(password: nil, to: text) == text)
    }

    @Test func quotesInAPasswordEndNothing() {
        #expect(Conninfo.adding(password: #"a'b\c"#, to: "host=h") == #"host=h password='a\'b\\c'"#)
    }
}

@Suite struct Places {
    @Test func partitionAndOffset() {
        #expect(RecordPlace(argument: "3:17") == RecordPlace(partition: 3, offset: 17))
        for text in ["", "3", "3:", ":17", "-1:5", "3:-5", "a:b", "3:17:1", "99999999999:1"] {
            #expect(RecordPlace(argument: text) == nil, "\(text)")
        }
    }
}

@Suite struct Keys {
    @Test func areStoredAsTheyAreWritten() throws {
        let standard = try #require(Settings.hashKey.entry.standard)
        #expect(HashKey.standard.hexadecimal == standard)
        let other = "00ff10a1b2c3d4e5f60718293a4b5c6d"
        #expect(Kind<HashKey>.hashKey.read(other)?.hexadecimal == other)
        #expect(Kind<HashKey>.hashKey.read(other.uppercased())?.hexadecimal == other)
    }
}

@Suite struct Cards {
    private var card: Card {
        Card(
            asked: "wechat:w", customer: "crm:1",
            lines: [
                Card.Line(
                    section: "Ladder and life", name: "level", text: "member 会员", json: .text("member"),
                    meaning: "Highest rung of the ladder."),
                Card.Line(
                    section: "Value", name: "monetary", text: "1,234.56", json: .integer(123_456),
                    meaning: "Net spend of the last 365 calendar days, and then so much more that it takes two lines."),
                Card.Line(section: "Value", name: "grade", text: "—", json: .null, meaning: "RFM grade."),
            ],
            stateBytes: 1234,
            points: [
                Card.Points(
                    day: "2026-11-11", rule: "purchase", kind: "earned", earned: 1234, spent: 5, refused: 0,
                    expiresOn: "2027-11-11")
            ])
    }

    @Test func everyNumberSaysWhatItMeans() {
        #expect(
            card.text == """
                crm:1  (asked for as wechat:w)
                Money in currency units (columns hold hundredths); engagement, trust, advocacy, influence as of now.

                Ladder and life
                  level                   member 会员              Highest rung of the ladder.

                Value
                  monetary                1,234.56                 Net spend of the last 365 calendar days, and then so much more that
                                                                   it takes two lines.
                  grade                   —                        RFM grade.
                  state                   1,234 B                  Stored size of what all of this is computed from.

                newest points  rule      kind    earned  spent  refused  expire on
                ─────────────  ────────  ──────  ──────  ─────  ───────  ──────────
                2026-11-11     purchase  earned   1,234      5        0  2027-11-11
                """)
    }

    @Test func aFieldIsNamedOnce() {
        let names = CardField.all.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func takesIdentitiesAndNewestEventsFromTheState() {
        var fold = Fold(Profile(), FoldRules())
        let bytes = Array("crm:1wechat:wweiboi7".utf8)
        func apply(_ type: EventType, at time: Int64, customer: Text, amount: Int64? = nil) {
            var event = Interaction(type: type, occurredAt: time, hash: UInt64(time))
            event.customer = customer
            event.channel = Text(start: 13, count: 5)
            event.item = Text(start: 18, count: 2)
            if let amount {
                event.fields.insert(.amount)
                event.amount = amount
            }
            fold.apply(event, bytes: bytes.span)
        }
        let (crm, wechat) = (Text(start: 0, count: 5), Text(start: 5, count: 8))
        apply(.view, at: 3, customer: wechat)
        apply(.purchase, at: 5, customer: crm, amount: 1200)
        apply(.share, at: 4, customer: crm)
        var card = card
        card.add(fold.profile, newest: 2)
        #expect(card.identities == ["crm:1", "wechat:w"])
        #expect(
            card.events == [
                Card.Event(at: 5, type: "purchase", channel: "weibo", item: "i7", amount: 1200),
                Card.Event(at: 4, type: "share", channel: "weibo", item: "i7", amount: nil),
            ])
        #expect(card.text.contains("identities: crm:1, wechat:w"))
        #expect(card.text.contains("1970-01-01 00:00:00 UTC  purchase  weibo    i7     12.00"))
        let json = card.json.text()
        #expect(json.contains(#""identities":["crm:1","wechat:w"]"#))
        #expect(json.contains(#""grade":null"#))
        #expect(json.contains(#""expires_on":"2027-11-11""#))
        #expect(json.contains(#""monetary":123456"#))
    }
}
