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
    /// Index of the record in its batch: where it came from, and the order of arrival.
    public var record: UInt32 = 0
    /// Unix milliseconds.
    public var occurredAt: Int64
    /// SipHash of customer and event id; see `HashKey.event`.
    public var hash: UInt64
    /// Minor units.
    public var amount: Int64 = 0
    /// Milliseconds.
    public var duration: Int64 = 0
    public var quantity: Int32 = 1
    private var strings: EventStrings
    /// Range in `InteractionBatch.settings`: the tags of a `tag_*`, the attributes of an `attributes_set`.
    public var settings: Range<UInt32> = 0..<0

    /// - Parameter start: where the event's strings begin in the arena of its batch; none stands before.
    public init(type: EventType, occurredAt: Int64, hash: UInt64, stringsFrom start: Int = 0) {
        self.type = type
        self.occurredAt = occurredAt
        self.hash = hash
        strings = EventStrings(start: UInt32(start))
    }

    public var eventID: Text {
        get { strings[.eventID] }
        set { strings[.eventID] = newValue }
    }
    public var customer: Text {
        get { strings[.customer] }
        set { strings[.customer] = newValue }
    }
    public var channel: Text {
        get { strings[.channel] }
        set { strings[.channel] = newValue }
    }
    public var item: Text {
        get { strings[.item] }
        set { strings[.item] = newValue }
    }
    public var category: Text {
        get { strings[.category] }
        set { strings[.category] = newValue }
    }
    public var brand: Text {
        get { strings[.brand] }
        set { strings[.brand] = newValue }
    }
    public var campaign: Text {
        get { strings[.campaign] }
        set { strings[.campaign] = newValue }
    }
    public var community: Text {
        get { strings[.community] }
        set { strings[.community] = newValue }
    }
    public var order: Text {
        get { strings[.order] }
        set { strings[.order] = newValue }
    }
    public var coupon: Text {
        get { strings[.coupon] }
        set { strings[.coupon] = newValue }
    }
    public var city: Text {
        get { strings[.city] }
        set { strings[.city] = newValue }
    }
    public var target: Text {
        get { strings[.target] }
        set { strings[.target] = newValue }
    }
    public var referrer: Text {
        get { strings[.referrer] }
        set { strings[.referrer] = newValue }
    }
    public var refersTo: Text {
        get { strings[.refersTo] }
        set { strings[.refersTo] = newValue }
    }
    public var ask: Text {
        get { strings[.ask] }
        set { strings[.ask] = newValue }
    }
}

/// Where the strings of one event stand, in the 51 bytes that short strings near one another need: millions of events
/// wait in memory on a busy day, and whoever folds them meets each in another place.
struct EventStrings: Sendable {
    enum Field: Int {
        case eventID, customer, channel, item, category, brand, campaign, community, order, coupon, city, target,
            referrer, refersTo, ask
    }

    private let start: UInt32
    /// From `start` on.
    private var offsets = InlineArray<15, UInt16>(repeating: 0)
    private var counts = InlineArray<15, UInt8>(repeating: 0)

    init(start: UInt32) { self.start = start }

    /// No string of an event is longer than 192 bytes, so they all lie within the reach of an offset.
    subscript(field: Field) -> Text {
        @inline(__always) get {
            let count = counts[field.rawValue]
            return count == 0 ? .absent : Text(start: start &+ UInt32(offsets[field.rawValue]), count: UInt32(count))
        }
        set {
            offsets[field.rawValue] = newValue.isAbsent ? 0 : UInt16(newValue.start - start)
            counts[field.rawValue] = UInt8(newValue.count)
        }
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
