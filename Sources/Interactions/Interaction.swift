/// One accepted event, decoded and checked: plain old data, its strings borrowed from the arena of its batch.
package struct Interaction: Sendable {
    /// Which numeric fields the record carried; an absent amount is not an amount of zero.
    package struct Fields: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let amount = Fields(rawValue: 1)
        package static let quantity = Fields(rawValue: 2)
        package static let rating = Fields(rawValue: 4)
        package static let sentiment = Fields(rawValue: 8)
        package static let duration = Fields(rawValue: 16)
        /// The channel was in the record, not taken from the namespace of the customer. Consent tells the two apart.
        package static let channel = Fields(rawValue: 32)
    }

    package var type: EventType
    package var fields: Fields = []
    /// Hundredths, 100…500.
    package var rating: Int16 = 0
    /// Thousandths, −1000…1000.
    package var sentiment: Int16 = 0
    /// Unix milliseconds.
    package var occurredAt: Int64
    /// SipHash of customer and event id; see `HashKey.event`.
    package var hash: UInt64
    /// Minor units.
    package var amount: Int64 = 0
    package var quantity: Int64 = 1
    /// Milliseconds.
    package var duration: Int64 = 0
    /// Index of the record in its batch: where it came from, and the order of arrival.
    package var record: UInt32 = 0

    package var eventID = Text.absent
    package var customer = Text.absent
    package var channel = Text.absent
    package var item = Text.absent
    package var category = Text.absent
    package var brand = Text.absent
    package var campaign = Text.absent
    package var community = Text.absent
    package var order = Text.absent
    package var coupon = Text.absent
    package var city = Text.absent
    package var target = Text.absent
    package var referrer = Text.absent
    package var refersTo = Text.absent
    package var ask = Text.absent
    /// Range in `InteractionBatch.settings`: the tags of a `tag_*`, the attributes of an `attributes_set`.
    package var settings: Range<UInt32> = 0..<0

    package init(type: EventType, occurredAt: Int64, hash: UInt64) {
        self.type = type
        self.occurredAt = occurredAt
        self.hash = hash
    }
}

/// One name in a `tag_add`, `tag_remove` or `attributes_set`.
package struct Setting: Sendable {
    package enum Value: Equatable, Sendable {
        /// A tag, or an attribute set to null: the name alone.
        case none
        case text(Text)
        case number(Double)
        case boolean(Bool)
    }
    package var name: Text
    package var value: Value

    package init(name: Text, value: Value) {
        self.name = name
        self.value = value
    }
}

/// Interactions and rejections of some records, with the bytes their `Text`s point into.
package struct InteractionBatch: Sendable {
    package var bytes: [UInt8] = []
    package var interactions: [Interaction] = []
    package var settings: [Setting] = []
    package var rejections: [Rejection] = []

    package init() {}
}

/// A record that cannot be folded, as data: where it stands in its batch, and why.
package struct Rejection: Equatable, Sendable {
    /// Why; the raw value is what `rejection.reason` holds.
    package enum Code: String, CaseIterable, Sendable {
        case empty
        case tooLarge = "too_large"
        case notUTF8 = "not_utf8"
        case notJSON = "not_json"
        case notAnObject = "not_an_object"
        case missingField = "missing_field"
        case wrongType = "wrong_type"
        case outOfRange = "out_of_range"
        case unknownType = "unknown_type"
        case badTimestamp = "bad_timestamp"
        case inTheFuture = "in_the_future"
    }
    /// Index of the record in its batch.
    package var record: UInt32
    package var code: Code
    /// Names the field, the value and what is accepted; never quotes `text`.
    package var detail: String
    /// The record's `customer` where it could be read, in the batch's bytes: what an erase matches.
    package var customer: Text

    package init(record: UInt32, code: Code, detail: String, customer: Text = .absent) {
        self.record = record
        self.code = code
        self.detail = detail
        self.customer = customer
    }
}
