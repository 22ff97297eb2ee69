/// The catalogue of event types: what they are called, who acts, and the phase of purchase they belong to.
///
/// The raw value is what profiles store; it is never reused. Default weights are part of the scoring model.
public enum EventType: UInt8, CaseIterable, Sendable {
    // browse
    case visit = 1, view, search, dwell
    // interest
    case favorite, want, addToCart, removeFromCart, comparePrice, enquiry
    // social
    case follow, like, comment, mention, share, repost, storeVisit, unfollow, followBack, unfollowBack
    // content
    case review, trialReport, buyerShow, question, answer, vote, post, survey, essay, recommend
    // activity
    case trialJoin, couponClaim, lottery, treasureGuess, checkIn, game, groupBuyJoin
    // trade
    case purchase, couponRedeem, repay, refund
    // membership
    case memberJoin, memberLeave, pointsRedeem, pointsAdjust
    // service
    case complaint, suggestion, serviceContact, serviceRating
    // marketing
    case messageSent, ask, messageOpen, messageClick, optIn, optOut
    // identity
    case link, unlink
    // record
    case retract, tagAdd, tagRemove, attributesSet, erase
    /// Written by the fold into the referrer's profile; never accepted from Kafka.
    case referralConverted
}

public enum Family: UInt8, CaseIterable, Sendable {
    case browse, interest, social, content, activity, trade, membership, service, marketing, identity, record
}

public enum Direction: Sendable { case inbound, outbound }

public enum Phase: UInt8, CaseIterable, Sendable { case pre, during, post }

extension EventType {
    /// One row of the catalogue.
    public struct Entry: Sendable {
        public let type: EventType
        /// The canonical name, then the aliases.
        public let names: [String]
        public let family: Family
        public let direction: Direction
        /// Nil for identity and record types.
        public let phase: Phase?
        /// Default engagement weight.
        public let weight: Double
        /// Default advocacy weight; a review earns it only with rating ≥ 4.
        public let advocacy: Double
    }

    public static let catalogue: [Entry] = {
        func row(
            _ type: EventType, _ names: [String], _ family: Family, _ phase: Phase?, _ weight: Double,
            _ direction: Direction = .inbound, advocacy: Double = 0
        ) -> Entry {
            Entry(
                type: type, names: names, family: family, direction: direction, phase: phase, weight: weight,
                advocacy: advocacy)
        }
        return [
            row(.visit, ["visit", "访问"], .browse, .pre, 0.5),
            row(.view, ["view", "浏览"], .browse, .pre, 1),
            row(.search, ["search", "搜索"], .browse, .pre, 1),
            row(.dwell, ["dwell"], .browse, .pre, 0),
            row(.favorite, ["favorite", "收藏"], .interest, .pre, 3),
            row(.want, ["want", "想要"], .interest, .pre, 3),
            row(.addToCart, ["add_to_cart", "加购"], .interest, .pre, 5),
            row(.removeFromCart, ["remove_from_cart"], .interest, .pre, 0),
            row(.comparePrice, ["compare_price", "比价"], .interest, .pre, 1),
            row(.enquiry, ["enquiry", "咨询"], .interest, .pre, 4),
            row(.follow, ["follow", "关注"], .social, .pre, 4),
            row(.like, ["like"], .social, .pre, 1),
            row(.comment, ["comment", "评论"], .social, .pre, 3),
            row(.mention, ["mention"], .social, .pre, 2),
            row(.share, ["share", "分享"], .social, .pre, 4, advocacy: 3),
            row(.repost, ["repost", "转发"], .social, .pre, 4, advocacy: 3),
            row(.storeVisit, ["store_visit", "到店"], .social, .pre, 4),
            row(.unfollow, ["unfollow", "取关"], .social, .post, 0),
            row(.followBack, ["follow_back", "互关"], .social, .pre, 0, .outbound),
            row(.unfollowBack, ["unfollow_back"], .social, .pre, 0, .outbound),
            row(.review, ["review", "评价"], .content, .post, 6, advocacy: 5),
            row(.trialReport, ["trial_report", "试用报告"], .content, .post, 8, advocacy: 8),
            row(.buyerShow, ["buyer_show", "买家秀"], .content, .post, 8, advocacy: 8),
            row(.question, ["question", "提问"], .content, .post, 3),
            row(.answer, ["answer", "回答"], .content, .post, 4, advocacy: 4),
            row(.vote, ["vote", "投票"], .content, .post, 2),
            row(.post, ["post", "发帖", "灌水"], .content, .post, 2, advocacy: 1),
            row(.survey, ["survey", "调查"], .content, .post, 4),
            row(.essay, ["essay", "征文"], .content, .post, 4),
            row(.recommend, ["recommend", "推荐"], .content, .post, 8, advocacy: 10),
            row(.trialJoin, ["trial_join", "试用"], .activity, .pre, 4),
            row(.couponClaim, ["coupon_claim", "领券"], .activity, .pre, 3),
            row(.lottery, ["lottery", "抽奖"], .activity, .pre, 2),
            row(.treasureGuess, ["treasure_guess", "猜宝"], .activity, .pre, 2),
            row(.checkIn, ["check_in", "签到"], .activity, .pre, 1),
            row(.game, ["game"], .activity, .pre, 1),
            row(.groupBuyJoin, ["group_buy_join", "团购"], .activity, .pre, 4),
            row(.purchase, ["purchase", "购买"], .trade, .during, 10),
            row(.couponRedeem, ["coupon_redeem", "用券"], .trade, .during, 2),
            row(.repay, ["repay"], .trade, .during, 0),
            row(.refund, ["refund", "退款"], .trade, .post, 0),
            row(.memberJoin, ["member_join", "入会"], .membership, .post, 6),
            row(.memberLeave, ["member_leave", "退会"], .membership, .post, 0),
            row(.pointsRedeem, ["points_redeem", "积分兑换"], .membership, .post, 2),
            row(.pointsAdjust, ["points_adjust"], .membership, .post, 0, .outbound),
            row(.complaint, ["complaint", "投诉"], .service, .post, 1),
            row(.suggestion, ["suggestion", "建议"], .service, .post, 3),
            row(.serviceContact, ["service_contact"], .service, .post, 2),
            row(.serviceRating, ["service_rating", "服务评价"], .service, .post, 3),
            row(.messageSent, ["message_sent"], .marketing, .pre, 0, .outbound),
            row(.ask, ["ask"], .marketing, .pre, 0, .outbound),
            row(.messageOpen, ["message_open"], .marketing, .pre, 1),
            row(.messageClick, ["message_click"], .marketing, .pre, 2),
            row(.optIn, ["opt_in"], .marketing, .pre, 1),
            row(.optOut, ["opt_out", "退订"], .marketing, .pre, 0),
            row(.link, ["link", "绑定"], .identity, nil, 0),
            row(.unlink, ["unlink", "解绑"], .identity, nil, 0),
            row(.retract, ["retract"], .record, nil, 0, .outbound),
            row(.tagAdd, ["tag_add"], .record, nil, 0, .outbound),
            row(.tagRemove, ["tag_remove"], .record, nil, 0, .outbound),
            row(.attributesSet, ["attributes_set"], .record, nil, 0, .outbound),
            row(.erase, ["erase", "删除"], .record, nil, 0, .outbound),
            row(.referralConverted, ["referral_converted"], .trade, nil, 0, .outbound),
        ]
    }()

    /// One more than the greatest raw value: the size of a table indexed by type.
    public static let tableSize = catalogue.count + 1

    private static let byRawValue: [Entry?] = {
        var table = [Entry?](repeating: nil, count: tableSize)
        for entry in catalogue { table[Int(entry.type.rawValue)] = entry }
        return table
    }()

    /// By raw value: asked for once an event, where an entry would be copied.
    private static let families: [Family] = byRawValue.map { $0?.family ?? .browse }

    public var entry: Entry { Self.byRawValue[Int(rawValue)]! }
    public var name: String { entry.names[0] }
    public var family: Family { Self.families[Int(rawValue)] }

    /// Inbound by the contract: the person acts, and the default weight is positive or the family is trade, content,
    /// service or activity. Fixed by the catalogue, whatever the model in force says.
    public var isInbound: Bool { Self.inboundSet.contains(self) }

    /// Whether the fold keeps the event in the timeline; identity and record types only move registers.
    public var isTimeline: Bool { !Self.registerSet.contains(self) }

    public static let inboundSet = EventTypeSet(
        catalogue.filter {
            $0.direction == .inbound
                && ($0.weight > 0 || [.trade, .content, .service, .activity].contains($0.family))
        }.map(\.type))
    public static let registerSet = EventTypeSet(
        catalogue.filter { $0.family == .identity || $0.family == .record }.map(\.type))
    public static func family(_ family: Family) -> EventTypeSet {
        EventTypeSet(catalogue.filter { $0.family == family }.map(\.type))
    }
}

/// A set of event types as one word.
public struct EventTypeSet: Hashable, Sendable {
    public var bits: UInt64 = 0

    public static let all: EventTypeSet = {
        var all = EventTypeSet()
        all.bits = .max
        return all
    }()

    public init() {}
    public init(_ types: [EventType]) { for type in types { insert(type) } }
    @inline(__always)
    public mutating func insert(_ type: EventType) { bits |= 1 &<< UInt64(type.rawValue) }
    @inline(__always)
    public func contains(_ type: EventType) -> Bool { bits &>> UInt64(type.rawValue) & 1 == 1 }
    public func union(_ other: EventTypeSet) -> EventTypeSet {
        var result = self
        result.bits |= other.bits
        return result
    }
    public func subtracting(_ other: EventTypeSet) -> EventTypeSet {
        var result = self
        result.bits &= ~other.bits
        return result
    }
    /// Raw values, ascending.
    @inline(__always)
    public func forEach(_ body: (Int) -> Void) {
        var rest = bits
        while rest != 0 {
            body(rest.trailingZeroBitCount)
            rest &= rest - 1
        }
    }
    public func isDisjoint(from other: EventTypeSet) -> Bool { bits & other.bits == 0 }
    public var isEmpty: Bool { bits == 0 }
}
