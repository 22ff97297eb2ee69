import Interactions

/// One event as a producer means it: for tests, which read better with names than with offsets into bytes.
package struct Event: Sendable {
    package var id: String
    package var type: EventType
    /// Unix ms.
    package var at: Int64
    package var customer = "crm:1"
    package var channel: String?
    /// Minor units.
    package var amount: Int64?
    package var quantity: Int64?
    /// Hundredths.
    package var rating: Int16?
    /// Thousandths.
    package var sentiment: Int16?
    package var item: String?
    package var brand: String?
    package var category: String?
    package var campaign: String?
    package var city: String?
    /// Milliseconds.
    package var duration: Int64?
    package var coupon: String?
    package var ask: String?
    package var order: String?
    package var referrer: String?
    package var refersTo: String?
    package var tags: [String] = []
    package var attributes: [(name: String, number: Double?)] = []
    package var texts: [(name: String, text: String)] = []

    package init(_ id: String, _ type: EventType, at: Int64) {
        self.id = id
        self.type = type
        self.at = at
    }

    /// Decoded form of several events, as the decoder makes it.
    package static func batch(_ events: [Event]) -> InteractionBatch {
        var batch = InteractionBatch()
        for event in events { event.append(to: &batch) }
        return batch
    }

    private func append(to batch: inout InteractionBatch) {
        func put(_ text: String?) -> Text {
            guard let text, !text.isEmpty else { return .absent }
            let start = batch.bytes.count
            batch.bytes.append(contentsOf: text.utf8)
            return Text(start: start, count: text.utf8.count)
        }
        let hash = HashKey.standard.event(customer: Array(customer.utf8).span, eventID: Array(id.utf8).span)
        var interaction = Interaction(type: type, occurredAt: at, hash: hash, stringsFrom: batch.bytes.count)
        interaction.eventID = put(id)
        interaction.customer = put(customer)
        if channel != nil { interaction.fields.insert(.channel) }
        let isConsent = type == .optIn || type == .optOut
        interaction.channel = put(channel ?? (isConsent ? nil : String(customer.prefix { $0 != ":" })))
        if let amount {
            interaction.amount = amount
            interaction.fields.insert(.amount)
        } else if type == .purchase || type == .repay {
            interaction.fields.insert(.amount)
        }
        if let quantity {
            interaction.quantity = Int32(clamping: quantity)
            interaction.fields.insert(.quantity)
        }
        if let rating {
            interaction.rating = rating
            interaction.fields.insert(.rating)
        }
        if let sentiment {
            interaction.sentiment = sentiment
            interaction.fields.insert(.sentiment)
        }
        if let duration {
            interaction.duration = duration
            interaction.fields.insert(.duration)
        }
        interaction.item = put(item)
        interaction.campaign = put(campaign)
        interaction.brand = put(brand)
        interaction.category = put(category)
        interaction.city = put(city)
        interaction.coupon = put(coupon)
        interaction.ask = put(ask)
        interaction.order = put(order)
        interaction.referrer = put(referrer)
        interaction.refersTo = put(refersTo)
        let settings = UInt32(batch.settings.count)
        for tag in tags { batch.settings.append(Setting(name: put(tag), value: .none)) }
        for attribute in attributes {
            batch.settings.append(
                Setting(name: put(attribute.name), value: attribute.number.map { .number($0) } ?? .none))
        }
        for text in texts { batch.settings.append(Setting(name: put(text.name), value: .text(put(text.text)))) }
        interaction.settings = settings..<UInt32(batch.settings.count)
        batch.interactions.append(interaction)
    }
}
