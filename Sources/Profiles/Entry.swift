import Interactions

/// One event of the timeline: what later questions may ask of it, 64 bytes, its strings numbered in the profile's pool.
public struct Entry: Equatable, Sendable {
    public struct Flags: OptionSet, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        public static let amount = Flags(rawValue: 1)
        public static let quantity = Flags(rawValue: 2)
        public static let rating = Flags(rawValue: 4)
        public static let sentiment = Flags(rawValue: 8)
        public static let duration = Flags(rawValue: 16)
        /// The channel was in the record: an opt-in without one concerns all channels.
        public static let channel = Flags(rawValue: 32)
        /// A redemption or adjustment older than the day table: what it took is in `PointsAccount` for good.
        public static let settled = Flags(rawValue: 64)
        /// An empty marker: the event was retracted, its slot stays until it leaves by age.
        public static let retracted = Flags(rawValue: 128)
    }

    /// Unix ms of occurrence; with `hash` it is the timeline order.
    public var time: Int64
    public var hash: UInt64
    /// Minor units.
    public var amount: Int64 = 0
    /// Milliseconds.
    public var duration: Int64 = 0
    public var quantity: Int32 = 1
    /// Hundredths.
    public var rating: Int16 = 0
    /// Thousandths.
    public var sentiment: Int16 = 0
    public var type: EventType
    public var flags: Flags = []
    public var channel = StringPool.absent
    public var item = StringPool.absent
    public var category = StringPool.absent
    public var brand = StringPool.absent
    public var campaign = StringPool.absent
    public var city = StringPool.absent
    public var order = StringPool.absent
    public var coupon = StringPool.absent
    public var ask = StringPool.absent
    /// Who recommended it; on `referral_converted` the buyer.
    public var referrer = StringPool.absent
    /// Which of the person's identities it came from.
    public var identity = StringPool.absent

    public init(type: EventType, time: Int64, hash: UInt64) {
        self.type = type
        self.time = time
        self.hash = hash
    }

    @inline(__always)
    public var isRetracted: Bool { flags.contains(.retracted) }

    /// The slot of a retracted event: place and owner, nothing else.
    public var marker: Entry {
        var marker = Entry(type: type, time: time, hash: hash)
        marker.flags = .retracted
        marker.identity = identity
        return marker
    }

    /// Later in timeline order.
    @inline(__always) public func isLater(than other: Entry) -> Bool {
        (time, hash) > (other.time, other.hash)
    }

    /// Order of storage: by type, then timeline order.
    @inline(__always) public static func isStoredBefore(_ a: Entry, _ b: Entry) -> Bool {
        if a.type != b.type { return a.type.rawValue < b.type.rawValue }
        if a.time != b.time { return a.time < b.time }
        return a.hash < b.hash
    }

    /// A *positive* signal; a repeat purchase is one too, but only the other purchases can tell.
    public var isPositive: Bool {
        if flags.contains(.rating), rating >= 400 { return true }
        if flags.contains(.sentiment), sentiment > 200 { return true }
        return type.isPositive
    }

    /// A *negative* signal.
    public var isNegative: Bool {
        if flags.contains(.rating), rating <= 200 { return true }
        if flags.contains(.sentiment), sentiment < -200 { return true }
        return type.isNegative
    }
}

extension EventType {
    /// A positive signal whatever was said.
    public var isPositive: Bool {
        switch self {
        case .recommend, .buyerShow, .trialReport, .memberJoin: true
        default: false
        }
    }

    /// A negative one.
    public var isNegative: Bool {
        switch self {
        case .complaint, .refund, .unfollow, .memberLeave, .optOut: true
        default: false
        }
    }
}
