/// One accepted event, decoded and checked: plain old data, its strings borrowed from the arena of its batch.
public struct Interaction: Sendable {
    /// Which numeric fields the record carried; an absent amount is not an amount of zero.
    public struct Fields: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let amount = Fields(rawValue: 1)
        public static let quantity = Fields(rawValue: 2)
        public static let rating = Fields(rawValue: 4)
        public static let sentiment = Fields(rawValue: 8)
        public static let duration = Fields(rawValue: 16)
        /// The channel was in the record, not taken from the namespace of the customer. Consent tells the two apart.
        public static let channel = Fields(rawValue: 32)
    }

    public var type: EventType
    public var fields: Fields = []
    /// Hundredths, 100…500.
    public var rating: Int16 = 0
    /// Thousandths, −1000…1000.
    public var sentiment: Int16 = 0
    /// Unix milliseconds.
    public var occurredAt: Int64
    /// SipHash of customer and event id; see `HashKey.event`.
    public var hash: UInt64
    /// Minor units.
    public var amount: Int64 = 0
    public var quantity: Int64 = 1
    /// Milliseconds.
    public var duration: Int64 = 0
    /// Index of the record in its batch: where it came from, and the order of arrival.
    public var record: UInt32 = 0

    public var eventID = Text.absent
    public var customer = Text.absent
    public var channel = Text.absent
    public var item = Text.absent
    public var category = Text.absent
    public var brand = Text.absent
    public var campaign = Text.absent
    public var community = Text.absent
    public var order = Text.absent
    public var coupon = Text.absent
    public var city = Text.absent
    public var target = Text.absent
    public var referrer = Text.absent
    public var refersTo = Text.absent
    public var ask = Text.absent
    /// Range in `InteractionBatch.settings`: the tags of a `tag_*`, the attributes of an `attributes_set`.
    public var settings: Range<UInt32> = 0..<0

    public init(type: EventType, occurredAt: Int64, hash: UInt64) {
        self.type = type
        self.occurredAt = occurredAt
        self.hash = hash
    }
}

/// One name in a `tag_add`, `tag_remove` or `attributes_set`.
public struct Setting: Sendable {
    public enum Value: Equatable, Sendable {
        /// A tag, or an attribute set to null: the name alone.
        case none
        case text(Text)
        case number(Double)
        case boolean(Bool)
    }
    public var name: Text
    public var value: Value

    public init(name: Text, value: Value) {
        self.name = name
        self.value = value
    }
}

/// Interactions and rejections of some records, with the bytes their `Text`s point into.
public struct InteractionBatch: Sendable {
    public var bytes: [UInt8] = []
    public var interactions: [Interaction] = []
    public var settings: [Setting] = []
    public var rejections: [Rejection] = []

    public init() {}
}

/// A record that cannot be folded, as data: where it stands in its batch, and why.
public struct Rejection: Equatable, Sendable {
    /// Why; the raw value is what `rejection.reason` holds.
    public enum Code: String, CaseIterable, Sendable {
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
    public var record: UInt32
    public var code: Code
    /// Names the field, the value and what is accepted; never quotes `text`.
    public var detail: String
    /// The record's `customer` where it could be read, in the batch's bytes: what an erase matches.
    public var customer: Text

    public init(record: UInt32, code: Code, detail: String, customer: Text = .absent) {
        self.record = record
        self.code = code
        self.detail = detail
        self.customer = customer
    }
}
