import Interactions

/// Folds events into one profile, any number at a time.
///
///     var fold = Fold(profile, rules)
///     fold.apply(interaction, in: batch)      // once for every event
///     profile = fold.finish()
///
/// Every event is taken to its end before the next: what the timeline has no room for leaves at once. So the result
/// depends on the events (outside the horizon also on their order), and never on how they are spread over folds.
public struct Fold: ~Copyable {
    /// With what has been folded so far.
    public var profile: Profile
    private let rules: FoldRules
    /// Hashes of all entries, once there are too many to look through.
    private var known: HashSet?
    /// The identity of the event before: usually this one's too.
    private var identity: StringPool.ID = StringPool.absent
    /// The latest `erase` this fold has met, Unix ms: what came before it is gone from the profile.
    public private(set) var erasedUntil: Int64?
    /// Referrals of purchases that left the timeline in this fold, as they stood or no longer stood then.
    public private(set) var departedReferrals: [Referral] = []

    /// More strings than this are worth tidying up: most belong to entries that have left.
    private static let stringLimit = 20_000
    private static let scanLimit = 48

    public init(_ profile: consuming Profile, _ rules: FoldRules) {
        self.profile = profile
        self.rules = rules
    }

    /// Folds one event of the person.
    ///
    /// - Returns: false when it changed nothing because the timeline holds it already, or its identity was erased.
    @discardableResult
    public mutating func apply(_ event: Interaction, bytes: Span<UInt8>) -> Bool {
        let customer = bytes.extracting(event.customer.range)
        if !profile.strings.equals(identity, customer) { identity = profile.strings.intern(customer) }
        if let known = profile.identities.first(where: { $0.identity == identity }) {
            if event.occurredAt <= known.erasedUntil { return false }
        } else {
            profile.identities.append(IdentityRegister(identity: identity))
        }
        if event.type == .erase {
            erase(until: event.occurredAt)
            return true
        }
        profile.newest = max(profile.newest, event.occurredAt)
        if event.type.isTimeline { return insert(event, bytes: bytes) }
        register(event, identity: identity, bytes: bytes)
        profile.limit(rules.limits)
        return true
    }

    /// The profile with all of it; `Profile.age` makes it fit to be stored.
    public consuming func finish() -> Profile { exchange(&profile, with: Profile()) }

    // MARK: - Timeline

    private mutating func insert(_ event: borrowing Interaction, bytes: Span<UInt8>) -> Bool {
        if isKnown(event.hash) { return false }
        var entry = entry(of: event, bytes: bytes)
        if !profile.retractions.isEmpty,
            let waiting = profile.retractions.firstIndex(where: { $0.target == entry.hash })
        {
            profile.retractions.remove(at: waiting)
            entry = entry.marker
        }
        let place = profile.entries.partitioningIndex { Entry.isStoredBefore(entry, $0) }
        known?.insert(entry.hash)
        if let oldest = oldest(of: entry.type, near: place) {
            if entry.type == .purchase {
                // What an order's refunds leave of the oldest is asked of all its purchases, the new one among them.
                profile.entries.insert(entry, at: place)
                departOldestPurchase(at: oldest)
            } else {
                depart(replace(oldest, with: entry, before: place), nil)
            }
        } else {
            profile.entries.insert(entry, at: place)
        }
        if profile.strings.count > Self.stringLimit {
            profile.canonicalize()
            identity = StringPool.absent
        }
        return true
    }

    /// Where the oldest event of a type stands, if the timeline has no room for another; nil if it has.
    ///
    /// Mutating, though it changes nothing: within `insert` another method would get a copy of the fold.
    ///
    /// - Parameter place: among the events of the type, or at their end.
    private mutating func oldest(of type: EventType, near place: Int) -> Int? {
        if profile.entries.count < rules.keep(type) { return nil }
        var end = place
        while end < profile.entries.count, profile.entries[end].type == type { end += 1 }
        // There are never more than are kept, so that many before the end there is one of the type only if all are.
        let first = end - rules.keep(type)
        return first >= 0 && profile.entries[first].type == type ? first : nil
    }

    /// Takes the entry at `oldest` out and puts `entry` in before `place`: a hot customer's timeline is long, and only
    /// the entries of one type move.
    ///
    /// - Returns: what went: `entry` itself where it is the oldest.
    private mutating func replace(_ oldest: Int, with entry: Entry, before place: Int) -> Entry {
        if place == oldest { return entry }
        let departed = profile.entries[oldest]
        for index in oldest..<place - 1 { profile.entries[index] = profile.entries[index + 1] }
        profile.entries[place - 1] = entry
        return departed
    }

    private mutating func departOldestPurchase(at index: Int) {
        let entry = profile.entries[index]
        let purchase = entry.isRetracted ? nil : profile.netPurchases().first { $0.index == index }
        if let purchase, let referral = profile.referral(of: purchase) {
            departedReferrals.append(referral)
        }
        profile.entries.remove(at: index)
        depart(entry, purchase)
    }

    private mutating func depart(_ entry: Entry, _ purchase: NetPurchase?) {
        profile.depart(entry, purchase, rules)
        known?.remove(entry.hash)
        profile.limit(rules.limits)
    }

    private mutating func entry(of event: borrowing Interaction, bytes: Span<UInt8>) -> Entry {
        var entry = Entry(type: event.type, time: event.occurredAt, hash: event.hash)
        entry.identity = identity
        // Interaction.Fields and Entry.Flags name the same bits.
        entry.flags = Entry.Flags(rawValue: event.fields.rawValue)
        entry.amount = event.amount
        entry.duration = event.duration
        entry.quantity = event.quantity
        entry.rating = event.rating
        entry.sentiment = event.sentiment
        entry.channel = intern(event.channel, bytes)
        entry.item = intern(event.item, bytes)
        entry.category = intern(event.category, bytes)
        entry.brand = intern(event.brand, bytes)
        entry.campaign = intern(event.campaign, bytes)
        entry.city = intern(event.city, bytes)
        entry.order = intern(event.order, bytes)
        entry.coupon = intern(event.coupon, bytes)
        entry.ask = intern(event.ask, bytes)
        entry.referrer = intern(event.referrer, bytes)
        return entry
    }

    @inline(__always) private mutating func intern(_ text: Text, _ bytes: Span<UInt8>) -> StringPool.ID {
        text.isAbsent ? StringPool.absent : profile.strings.intern(bytes.extracting(text.range))
    }

    private mutating func isKnown(_ hash: UInt64) -> Bool {
        if known == nil {
            if profile.entries.count < Self.scanLimit { return profile.entries.contains { $0.hash == hash } }
            var set = HashSet(capacity: profile.entries.count)
            for entry in profile.entries { set.insert(entry.hash) }
            known = set
        }
        return known!.contains(hash)
    }

    // MARK: - Registers

    private mutating func erase(until: Int64) {
        profile.erase(until: until)
        known = nil
        erasedUntil = max(erasedUntil ?? .min, until)
    }

    private mutating func register(_ event: Interaction, identity: StringPool.ID, bytes: Span<UInt8>) {
        let moment = Moment(time: event.occurredAt, hash: event.hash)
        switch event.type {
        case .retract:
            let target = rules.hashKey.event(
                customer: bytes.extracting(event.customer.range), eventID: bytes.extracting(event.refersTo.range))
            profile.retract(WaitingRetraction(target: target, moment: moment))
        case .link, .unlink:
            let target = profile.strings.intern(bytes.extracting(event.target.range))
            if target == identity { return }
            let pair = profile.strings.precedes(identity, target) ? (identity, target) : (target, identity)
            profile.set(LinkRegister(a: pair.0, b: pair.1, isLinked: event.type == .link, moment: moment))
        default: break
        }
    }

    /// Folds the settings of a `tag_add`, `tag_remove` or `attributes_set` that `apply` was given.
    public mutating func apply(_ settings: ArraySlice<Setting>, of event: Interaction, bytes: Span<UInt8>) {
        let moment = Moment(time: event.occurredAt, hash: event.hash)
        for setting in settings {
            let name = profile.strings.intern(bytes.extracting(setting.name.range))
            switch event.type {
            case .tagAdd, .tagRemove:
                profile.set(
                    NamedRegister(name: name, value: event.type == .tagAdd ? .tag : .removed, moment: moment),
                    in: \.tags)
            default:
                let value: NamedRegister.Value =
                    switch setting.value {
                    case .none: .removed
                    case .text(let text): .text(profile.strings.intern(bytes.extracting(text.range)))
                    case .number(let number): .number(number)
                    case .boolean(let boolean): .boolean(boolean)
                    }
                profile.set(NamedRegister(name: name, value: value, moment: moment), in: \.attributes)
            }
        }
        profile.limit(rules.limits)
    }
}

extension Profile {
    /// Empties the slot of an event, or waits for it.
    mutating func retract(_ retraction: WaitingRetraction) {
        if let index = entries.firstIndex(where: { $0.hash == retraction.target }) {
            if !entries[index].isRetracted { entries[index] = entries[index].marker }
        } else if let index = retractions.firstIndex(where: { $0.target == retraction.target }) {
            retractions[index].moment = max(retractions[index].moment, retraction.moment)
        } else {
            retractions.append(retraction)
        }
    }

    /// Puts a profile in order after entries of another were appended: waiting retractions meet their targets, the
    /// timeline is ordered and cut to what it keeps, what leaves it moves into the departed tables, and every list is
    /// cut to its limit.
    ///
    /// - Parameter sorted: how many of the first entries are in order already.
    mutating func settle(sorted: Int, _ rules: FoldRules) {
        if !retractions.isEmpty, entries.count > sorted {
            retractions.removeAll { waiting in
                guard let index = entries[sorted...].firstIndex(where: { $0.hash == waiting.target }) else {
                    return false
                }
                entries[index] = entries[index].marker
                return true
            }
        }
        order(from: sorted)
        trim(rules)
        limit(rules.limits)
    }

    private mutating func order(from sorted: Int) {
        let added = entries.count - sorted
        if added == 0 { return }
        if added > 8 {
            entries.sort(by: Entry.isStoredBefore)
            return
        }
        // A few new ones among many in order: put each in its place.
        for index in sorted..<entries.count {
            let entry = entries[index]
            var place = index
            while place > 0, Entry.isStoredBefore(entry, entries[place - 1]) {
                entries[place] = entries[place - 1]
                place -= 1
            }
            entries[place] = entry
        }
    }

    /// Lets the oldest events of each type leave where there are more than the timeline keeps.
    private mutating func trim(_ rules: FoldRules) {
        // Find what leaves before anything moves: a purchase that leaves is netted against all refunds present.
        var leaving: [Range<Int>] = []
        var start = 0
        while start < entries.count {
            let type = entries[start].type
            var end = start + 1
            while end < entries.count, entries[end].type == type { end += 1 }
            let excess = end - start - rules.keep(type)
            if excess > 0 { leaving.append(start..<start + excess) }
            start = end
        }
        if leaving.isEmpty { return }
        let purchases = leaving.contains { entries[$0.lowerBound].type == .purchase } ? netPurchases() : []
        for range in leaving {
            for index in range { depart(entries[index], purchases.first { $0.index == index }, rules) }
        }
        for range in leaving.reversed() { entries.removeSubrange(range) }
    }

    mutating func depart(_ entry: Entry, _ purchase: NetPurchase?, _ rules: FoldRules) {
        var departure = Departure(type: entry.type, exactSince: entry.time)
        if !entry.isRetracted {
            departure.first = entry.time
            departure.last = entry.time
        }
        add(departure)
        if entry.isRetracted { return }

        let day = rules.calendar.day(entry.time)
        dayTable.add(entry, day: day)
        if entry.type == .pointsRedeem || entry.type == .pointsAdjust, !entry.flags.contains(.settled) {
            points.add(PointsAccount.Move(entry))
        }

        if let purchase {
            if purchase.taken > 0 {
                let account = account(for: entry.order, time: entry.time)
                orders[account].taken = orders[account].taken.saturatingAdd(purchase.taken)
            }
            if purchase.stands {
                addDeparted(PurchaseDay(day: Int32(day), orders: 1, net: purchase.net))
                olderPurchases.first = earlier(olderPurchases.first, entry.time)
                olderPurchases.last = later(olderPurchases.last, entry.time)
            }
        } else if entry.type == .refund, entry.order != StringPool.absent {
            let account = account(for: entry.order, time: entry.time)
            orders[account].isNamed = true
            if entry.flags.contains(.amount) {
                orders[account].refunded = orders[account].refunded.saturatingAdd(entry.amount)
            } else {
                orders[account].isOpen = true
            }
        } else if let (fact, holds) = Fact.of(entry.type) {
            let channel = factChannel(entry, fact)
            let moment = Moment(time: entry.time, hash: entry.hash)
            set(Register(fact: fact, channel: channel, holds: holds, moment: moment))
            if entry.type == .follow {
                set(Register(fact: .firstFollow, channel: channel, holds: true, moment: moment))
            }
        }
    }

    mutating func add(_ departure: Departure) {
        if let index = departed.firstIndex(where: { $0.type == departure.type }) {
            departed[index].exactSince = max(departed[index].exactSince, departure.exactSince)
            departed[index].first = earlier(departed[index].first, departure.first)
            departed[index].last = later(departed[index].last, departure.last)
        } else {
            departed.append(departure)
        }
    }

    /// Cuts every list to its limit, dropping the oldest in timeline order; ties fall to smaller hashes and bytes.
    mutating func limit(_ limits: Limits) {
        if isWithin(limits) { return }
        func cut<Element>(_ list: inout [Element], to limit: Int, newestFirst: (Element, Element) -> Bool) {
            if list.count <= limit { return }
            list.sort(by: newestFirst)
            dropped += Int64(list.count - limit)
            list.removeLast(list.count - limit)
        }
        let strings = strings
        cut(&retractions, to: limits.retractions) { ($0.moment, $0.target) > ($1.moment, $1.target) }
        cut(&tags, to: limits.tags) {
            $0.moment != $1.moment ? $0.moment > $1.moment : strings.precedes($0.name, $1.name)
        }
        cut(&attributes, to: limits.attributes) {
            $0.moment != $1.moment ? $0.moment > $1.moment : strings.precedes($0.name, $1.name)
        }
        cut(&links, to: limits.links) { $0.moment > $1.moment }
        cut(&registers, to: limits.channels * Fact.allCases.count) { $0.moment > $1.moment }
        dropped += Int64(points.limit(limits))
        cut(&orders, to: limits.orders) {
            $0.time != $1.time ? $0.time > $1.time : strings.precedes($0.order, $1.order)
        }
        // Identities have no time of their own; the smaller bytes stay.
        cut(&identities, to: limits.identities) { strings.precedes($0.identity, $1.identity) }
        while departedPurchases.count > limits.purchaseDays {
            let day = departedPurchases.removeFirst()
            sumUp(day)
        }
    }

    /// As nearly all always are.
    private func isWithin(_ limits: Limits) -> Bool {
        retractions.count <= limits.retractions && tags.count <= limits.tags && attributes.count <= limits.attributes
            && links.count <= limits.links && registers.count <= limits.channels * Fact.allCases.count
            && points.isWithin(limits) && orders.count <= limits.orders && identities.count <= limits.identities
            && departedPurchases.count <= limits.purchaseDays
    }

    private mutating func sumUp(_ day: PurchaseDay) {
        if olderPurchases.days == 0 {
            olderPurchases.firstDay = day.day
            olderPurchases.lastDay = day.day
        }
        olderPurchases.days += 1
        olderPurchases.orders += day.orders
        olderPurchases.net = olderPurchases.net.saturatingAdd(day.net)
        olderPurchases.firstDay = min(olderPurchases.firstDay, day.day)
        olderPurchases.lastDay = max(olderPurchases.lastDay, day.day)
    }
}

/// A set of hashes in an open-addressed table; they are keyed, so their low bits serve as they are. Zero, which marks a
/// free slot, is kept aside.
private struct HashSet {
    private var slots: [UInt64]
    private var count = 0
    private var hasZero = false

    init(capacity: Int) {
        var size = 128
        while size < capacity * 4 { size *= 2 }
        slots = [UInt64](repeating: 0, count: size)
    }

    private func home(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash) & (slots.count - 1) }

    /// Where the hash stands, or the free slot at which a search for it ends.
    private func slot(_ hash: UInt64) -> Int {
        var index = home(hash)
        while slots[index] != 0, slots[index] != hash { index = (index + 1) & (slots.count - 1) }
        return index
    }

    func contains(_ hash: UInt64) -> Bool { hash == 0 ? hasZero : slots[slot(hash)] == hash }

    mutating func insert(_ hash: UInt64) {
        if hash == 0 {
            hasZero = true
            return
        }
        let index = slot(hash)
        if slots[index] == hash { return }
        slots[index] = hash
        count += 1
        if count * 2 > slots.count { grow() }
    }

    mutating func remove(_ hash: UInt64) {
        if hash == 0 {
            hasZero = false
            return
        }
        var hole = slot(hash)
        if slots[hole] == 0 { return }
        slots[hole] = 0
        count -= 1
        // Whoever stands behind the hole on the way from home would not be found any more: move it up.
        var index = (hole + 1) & (slots.count - 1)
        while slots[index] != 0 {
            let distance = (index - home(slots[index])) & (slots.count - 1)
            if distance >= (index - hole) & (slots.count - 1) {
                slots[hole] = slots[index]
                slots[index] = 0
                hole = index
            }
            index = (index + 1) & (slots.count - 1)
        }
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        for hash in old where hash != 0 { slots[slot(hash)] = hash }
    }
}
