import Interactions

/// What must hold of anything the decoder says, and all it says in one comparable run of bytes.
struct Verdict: Equatable {
    /// Nil where the record was accepted.
    let code: Rejection.Code?
    /// Every value and every string, without the places they stand in.
    let content: [UInt8]

    init(_ event: Interaction, in batch: InteractionBatch) {
        code = nil
        var content: [UInt8] = [event.type.rawValue, event.fields.rawValue]
        func add(_ value: some FixedWidthInteger) {
            let word = UInt64(truncatingIfNeeded: value)
            for shift in stride(from: 0, to: 64, by: 8) {
                content.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        func add(_ text: Text) {
            add(text.count)
            content.append(contentsOf: batch.bytes[text.range])
        }
        add(event.occurredAt)
        add(event.hash)
        add(event.amount)
        add(event.quantity)
        add(event.rating)
        add(event.sentiment)
        add(event.duration)
        for text in event.texts { add(text) }
        for setting in batch.settings[event.settingRange] {
            add(setting.name)
            switch setting.value {
            case .none: add(0)
            case .text(let text): add(text)
            case .number(let number): add(number.bitPattern)
            case .boolean(let isTrue): add(isTrue ? 2 : 1)
            }
        }
        self.content = content
    }

    init(_ rejection: Rejection, in batch: InteractionBatch) {
        code = rejection.code
        content = Array(rejection.detail.utf8) + [0] + batch.bytes[rejection.customer.range]
    }

    /// What became of each record of a batch, in order.
    static func all(_ batch: InteractionBatch) -> [Verdict] {
        let events = batch.interactions.map { ($0.record, Verdict($0, in: batch)) }
        let rejections = batch.rejections.map { ($0.record, Verdict($0, in: batch)) }
        return (events + rejections).sorted { $0.0 < $1.0 }.map(\.1)
    }
}

extension Interaction {
    /// All strings but the identities and the channel, each at most 128 bytes.
    var plainTexts: [Text] {
        [eventID, item, category, brand, campaign, community, order, coupon, city, refersTo, ask]
    }
    var texts: [Text] { plainTexts + [customer, channel, target, referrer] }
    var settingRange: Range<Int> { Int(settings.lowerBound)..<Int(settings.upperBound) }
}

/// The first rule of the contract that something decoded breaks; nil when it breaks none.
struct Invariants {
    let batch: InteractionBatch
    let latest: Int64

    func broken(_ rejection: Rejection) -> String? {
        if !rejection.detail.contains("accepted: ") {
            return "a detail without advice"
        }
        if rejection.detail.utf8.contains(where: { $0 < 0x20 }) { return "a control character in a detail" }
        if rejection.detail.utf8.count > 400 { return "a long detail" }
        if !rejection.customer.isAbsent, !isIdentity(rejection.customer) { return "a customer that is no identity" }
        return nil
    }

    func broken(_ event: Interaction) -> String? {
        if event.type == .referralConverted { return "a type that is not accepted" }
        if !(631_152_000_000...latest).contains(event.occurredAt) { return "a time out of bounds" }
        return brokenNumbers(event) ?? brokenTexts(event) ?? brokenSettings(event) ?? missing(event)
    }

    private func brokenNumbers(_ event: Interaction) -> String? {
        let has = event.fields.contains
        if !(0...(has(.amount) ? 100_000_000_000 : 0)).contains(event.amount) { return "an amount" }
        if [.purchase, .repay].contains(event.type), !has(.amount) { return "no amount of what is paid for" }
        if has(.rating) ? !(100...500).contains(event.rating) : event.rating != 0 { return "a rating" }
        let sentiments: ClosedRange<Int16> = has(.sentiment) ? -1000...1000 : 0...0
        if !sentiments.contains(event.sentiment) { return "a sentiment" }
        if !(0...(has(.duration) ? 1_000_000_000_000 : 0)).contains(event.duration) { return "a duration" }
        let least = event.type == .pointsAdjust ? -Int32.max : 1
        if !(least...Int32.max).contains(event.quantity) || event.quantity == 0 { return "a quantity" }
        if !has(.quantity), event.quantity != 1 { return "a quantity from nowhere" }
        return nil
    }

    private func brokenTexts(_ event: Interaction) -> String? {
        for text in event.texts where !isString(text) { return "a string with U+0000 or no UTF-8" }
        for text in event.plainTexts where text.count > 128 { return "a long string" }
        if event.eventID.isAbsent || !isIdentity(event.customer) { return "no name" }
        for text in [event.target, event.referrer] where !text.isAbsent && !isIdentity(text) { return "no identity" }
        let channel = batch.bytes[event.channel.range]
        if channel.count > 32 || !channel.allSatisfy(Identity.isNameByte) { return "a channel" }
        let isConsent = event.type == .optIn || event.type == .optOut
        if event.channel.isAbsent != (isConsent && !event.fields.contains(.channel)) { return "no channel" }
        let customer = batch.bytes[event.customer.range]
        if !event.fields.contains(.channel), !isConsent, channel != customer.prefix(while: { $0 != 0x3a }) {
            return "a channel from nowhere"
        }
        let hash = HashKey.standard.event(
            customer: Array(customer).span, eventID: Array(batch.bytes[event.eventID.range]).span)
        return hash == event.hash ? nil : "a hash"
    }

    private func brokenSettings(_ event: Interaction) -> String? {
        let settings = batch.settings[event.settingRange]
        let isTags = event.type == .tagAdd || event.type == .tagRemove
        let most = isTags ? 32 : event.type == .attributesSet ? 64 : 0
        if settings.count > most { return "too many settings" }
        for setting in settings {
            if !(1...128).contains(setting.name.count) || !isString(setting.name) { return "the name of a setting" }
            switch setting.value {
            case .none: break
            case .text(let text): if text.count > 1024 || !isString(text) || isTags { return "a text" }
            case .number(let number): if !number.isFinite || isTags { return "a number" }
            case .boolean: if isTags { return "a tag with a value" }
            }
        }
        return nil
    }

    private func missing(_ event: Interaction) -> String? {
        let isThere =
            switch event.type {
            case .link, .unlink: !event.target.isAbsent
            case .retract: !event.refersTo.isAbsent
            case .ask: !event.ask.isAbsent
            case .tagAdd, .tagRemove, .attributesSet: !event.settings.isEmpty
            case .pointsRedeem, .pointsAdjust: event.fields.contains(.quantity)
            default: true
            }
        return isThere ? nil : "what the type requires"
    }

    private func isString(_ text: Text) -> Bool {
        let bytes = batch.bytes[text.range]
        return !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }

    private func isIdentity(_ text: Text) -> Bool {
        let bytes = batch.bytes[text.range]
        guard bytes.count <= 192, isString(text), let colon = bytes.firstIndex(of: 0x3a) else { return false }
        let (namespace, id) = (bytes[..<colon], bytes[(colon + 1)...])
        return (1...32).contains(namespace.count) && namespace.allSatisfy(Identity.isNameByte) && !id.isEmpty
            && id.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}
