import Interactions
import Profiles
import Testing

@testable import guanxi

@Suite struct LargestProfile {
    /// Every type on every day the tables reach back to, and a timeline full of strings that are all different.
    @Test func aStuffedProfileIsBelowTheBoundAndNotFarBelow() throws {
        let rules = FoldRules(keep: 16, keepLong: 24)
        let types = EventType.allCases.filter(\.isTimeline)
        var fold = Fold(Profile(), rules)
        var hash: UInt64 = 0
        let start: Int64 = 1_600_000_000_000

        /// One event whose strings are `length` bytes long and named after its hash.
        func apply(_ type: EventType, day: Int, length: Int) {
            hash += 1
            var bytes = Array("crm:1".utf8)
            func text(_ field: String, _ length: Int) -> Text {
                guard length > 0 else { return .absent }
                let name = Array("\(field)\(hash)".utf8)
                let start = bytes.count
                bytes += name + [UInt8](repeating: UInt8(ascii: "x"), count: length - name.count)
                return Text(start: start, count: length)
            }
            var event = Interaction(
                type: type, occurredAt: start + Int64(day) * 86_400_000 + Int64(hash % 86_400_000), hash: ~hash)
            event.customer = Text(start: 0, count: 5)
            event.fields = [.amount, .quantity, .rating, .sentiment, .duration, .channel]
            event.amount = 99_999_999_999
            event.quantity = 2_147_483_647
            event.rating = 450
            event.sentiment = -999
            event.duration = 999_999_999_999
            event.channel = text("h", min(length, 32))
            event.item = text("i", length)
            event.category = text("g", length)
            event.brand = text("b", length)
            event.campaign = text("a", length)
            event.city = text("y", length)
            event.order = text("o", length)
            event.coupon = text("u", length)
            event.ask = text("k", length)
            if length > 0 { event.referrer = text("crm:r", 192) }
            fold.apply(event, bytes: bytes.span)
        }
        // What will have left: one of each type a day, and one a month for three years before.
        for day in stride(from: 0, to: 1100, by: 30) { for type in types { apply(type, day: day, length: 0) } }
        for day in 1100..<1500 { for type in types { apply(type, day: day, length: 0) } }
        for type in types { for _ in 0..<rules.keep(type) { apply(type, day: 1500, length: 128) } }

        var profile = fold.profile
        profile.age(by: .standard, rules)
        var encoded: [UInt8] = []
        profile.encode(into: &encoded)
        let bound = ProfileBound.bytes(rules)
        #expect(encoded.count <= bound)
        #expect(encoded.count > bound / 3, "\(encoded.count) of \(bound)")
    }

    @Test func theBoundGrowsWithWhatIsKept() {
        let standard = ProfileBound.bytes(FoldRules())
        #expect(ProfileBound.bytes(FoldRules(keep: 33)) > standard)
        #expect(standard < 16 << 20)
    }

    /// The numbers of strings are 16 bits: the most the settings allow must stay below, with what one fold holds open.
    @Test func theGreatestTimelineHasFewerStringsThanAProfileCanName() throws {
        func greatest(_ entry: SettingEntry) -> Int {
            (1...100_000).last { entry.read("\($0)") != nil }!
        }
        let rules = FoldRules(keep: greatest(Settings.keep.entry), keepLong: greatest(Settings.keepLong.entry))
        let entries = EventType.allCases.filter(\.isTimeline).reduce(0) { $0 + rules.keep($1) }
        let pending = 2048
        #expect((entries + pending) * 11 + 2000 < StringPool.maximumCount)
    }
}
