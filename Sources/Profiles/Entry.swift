import Interactions

/// One event of the timeline: what later questions may ask of it, 64 bytes, its strings numbered in the profile's pool.
package struct Entry: Equatable, Sendable {
    package struct Flags: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let amount = Flags(rawValue: 1)
        package static let quantity = Flags(rawValue: 2)
        package static let rating = Flags(rawValue: 4)
        package static let sentiment = Flags(rawValue: 8)
        package static let duration = Flags(rawValue: 16)
        /// The channel was in the record: an opt-in without one concerns all channels.
        package static let channel = Flags(rawValue: 32)
        /// A redemption or adjustment older than the day table: what it took is in `PointsAccount` for good.
        package static let settled = Flags(rawValue: 64)
        /// An empty marker: the event was retracted, its slot stays until it leaves by age.
        package static let retracted = Flags(rawValue: 128)
    }

    /// Unix ms of occurrence; with `hash` it is the timeline order.
    package var time: Int64
    package var hash: UInt64
    /// Minor units.
    package var amount: Int64 = 0
    /// Milliseconds.
    package var duration: Int64 = 0
    package var quantity: Int32 = 1
    /// Hundredths.
    package var rating: Int16 = 0
    /// Thousandths.
    package var sentiment: Int16 = 0
    package var type: EventType
    package var flags: Flags = []
    package var channel = StringPool.absent
    package var item = StringPool.absent
    package var category = StringPool.absent
    package var brand = StringPool.absent
    package var campaign = StringPool.absent
    package var city = StringPool.absent
    package var order = StringPool.absent
    package var coupon = StringPool.absent
    package var ask = StringPool.absent
    /// Who recommended it; on `referral_converted` the buyer.
    package var referrer = StringPool.absent
    /// Which of the person's identities it came from.
    package var identity = StringPool.absent

    package init(type: EventType, time: Int64, hash: UInt64) {
        self.type = type
        self.time = time
        self.hash = hash
    }

    @inline(__always)
    package var isRetracted: Bool { flags.contains(.retracted) }

    /// The slot of a retracted event: place and owner, nothing else.
    package var marker: Entry {
        var marker = Entry(type: type, time: time, hash: hash)
        marker.flags = .retracted
        marker.identity = identity
        return marker
    }

    /// Later in timeline order.
    @inline(__always) package func isLater(than other: Entry) -> Bool {
        (time, hash) > (other.time, other.hash)
    }

    /// Order of storage: by type, then timeline order.
    @inline(__always) package static func isStoredBefore(_ a: Entry, _ b: Entry) -> Bool {
        if a.type != b.type { return a.type.rawValue < b.type.rawValue }
        if a.time != b.time { return a.time < b.time }
        return a.hash < b.hash
    }

    /// A *positive* signal; a repeat purchase is one too, but only the other purchases can tell.
    package var isPositive: Bool {
        if flags.contains(.rating), rating >= 400 { return true }
        if flags.contains(.sentiment), sentiment > 200 { return true }
        switch type {
        case .recommend, .buyerShow, .trialReport, .memberJoin: return true
        default: return false
        }
    }

    /// A *negative* signal.
    package var isNegative: Bool {
        if flags.contains(.rating), rating <= 200 { return true }
        if flags.contains(.sentiment), sentiment < -200 { return true }
        switch type {
        case .complaint, .refund, .unfollow, .memberLeave, .optOut: return true
        default: return false
        }
    }
}
