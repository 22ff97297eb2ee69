import Interactions

/// What a purchase means to the person who recommended it: one `referral_converted` entry of theirs.
public struct Referral: Equatable, Sendable {
    public var referrer: [UInt8]
    /// The purchase's hash and time.
    public var hash: UInt64
    public var time: Int64
    /// Minor units, after refunds.
    public var net: Int64
    /// False once the purchase was retracted or wholly refunded: the entry goes.
    public var stands: Bool
    public var buyer: [UInt8]
    public var channel: [UInt8]
    /// The referrer was told of it before: where the entry is gone, it left the timeline and must not come back.
    public var isKnown = false
}

extension Profile {
    /// The referrals of the purchases in the timeline, standing or not; none names the buyer.
    public func referrals() -> [Referral] {
        guard entries[range(of: .purchase)].contains(where: { $0.referrer != StringPool.absent }) else { return [] }
        return netPurchases().compactMap { referral(of: $0) }
    }

    /// What a purchase of the timeline means to whoever recommended it, where that is another person.
    func referral(of purchase: NetPurchase) -> Referral? {
        let entry = entries[purchase.index]
        if entry.referrer == StringPool.absent || identities.contains(where: { $0.identity == entry.referrer }) {
            return nil
        }
        return Referral(
            referrer: Array(strings.bytes[strings.range(entry.referrer)]), hash: entry.hash, time: entry.time,
            net: purchase.net, stands: purchase.stands, buyer: Array(strings.bytes[strings.range(entry.identity)]),
            channel: Array(strings.bytes[strings.range(entry.channel)]))
    }

    /// What changed for referrers between `before` and this profile.
    ///
    /// - Parameter departed: referrals whose purchases left the timeline in between, as they stood then.
    public func referralChanges(since before: [Referral], departed: [Referral]) -> [Referral] {
        let now = referrals()
        var changes: [Referral] = []
        if before.isEmpty && departed.isEmpty && now.isEmpty { return changes }
        for var referral in departed + now {
            if let old = before.first(where: { $0.hash == referral.hash && $0.stands }) {
                if old == referral { continue }
                referral.isKnown = true
            } else if !referral.stands {
                continue
            }
            changes.append(referral)
        }
        // One that is in neither list was retracted, and has no referrer any more: only the old list knows whom to
        // tell.
        for var referral in before
        where referral.stands && !(departed + now).contains(where: { $0.hash == referral.hash }) {
            referral.stands = false
            referral.isKnown = true
            changes.append(referral)
        }
        return changes
    }

    /// Takes in what a purchase means to this person.
    ///
    /// - Returns: false when it changed nothing.
    public mutating func apply(_ referral: Referral, _ rules: FoldRules) -> Bool {
        let identity = strings.intern(referral.referrer.span)
        if let known = identities.first(where: { $0.identity == identity }) {
            if referral.time <= known.erasedUntil { return false }
        } else {
            identities.append(IdentityRegister(identity: identity))
        }
        let index = entries.firstIndex { $0.type == .referralConverted && $0.hash == referral.hash }
        guard referral.stands else {
            // As if it had never counted: how often it came and went must not show.
            if let index { entries.remove(at: index) }
            return index != nil
        }
        var entry = Entry(type: .referralConverted, time: referral.time, hash: referral.hash)
        entry.identity = identity
        entry.flags = .amount
        entry.amount = referral.net
        entry.channel = strings.intern(referral.channel.span)
        entry.referrer = strings.intern(referral.buyer.span)
        if let index {
            if entries[index] == entry { return false }
            entries[index] = entry
            return true
        }
        if referral.isKnown { return false }
        let sorted = entries.count
        entries.append(entry)
        settle(sorted: sorted, rules)
        return true
    }

    /// Leaves out everything that other people's purchases brought: what is left depends on this person's log alone.
    public mutating func forgetReferrals() {
        entries.removeAll { $0.type == .referralConverted }
        departed.removeAll { $0.type == .referralConverted }
        dayTable.days.removeAll { $0.type == .referralConverted }
        dayTable.months.removeAll { $0.type == .referralConverted }
        dayTable.totals.removeAll { $0.type == .referralConverted }
    }
}
