import Interactions

extension Profile {
    /// The profile of everything folded into either.
    ///
    /// Commutative and associative; the merge of the folds of two disjoint sets of events is the fold of their union,
    /// and an event both hold in their timelines counts once. A retraction known to one side reaches the other.
    public static func merge(_ a: consuming Profile, _ b: Profile, _ rules: FoldRules) -> Profile {
        var result = a
        let ids = result.adopt(b.strings)
        let sorted = result.entries.count

        result.newest = max(result.newest, b.newest)
        result.dropped = result.dropped.saturatingAdd(b.dropped)
        result.mergeTimeline(b, ids)
        result.mergeDeparted(b, ids)
        for tag in b.tags { result.set(tag.renumbered(ids), in: \.tags) }
        for attribute in b.attributes { result.set(attribute.renumbered(ids), in: \.attributes) }
        for link in b.links { result.set(link.renumbered(ids)) }
        for var identity in b.identities {
            identity.identity = ids[Int(identity.identity)]
            result.setIdentity(identity)
        }
        for retraction in b.retractions { result.retract(retraction) }
        result.settle(sorted: sorted, rules)
        return result
    }

    /// Takes in the strings of another pool; what they are numbered here.
    private mutating func adopt(_ other: StringPool) -> [StringPool.ID] {
        var ids = [StringPool.ID](repeating: StringPool.absent, count: other.count)
        for id in 1..<other.count + 1 where id < other.count {
            ids[id] = strings.intern(other.bytes.span.extracting(other.range(StringPool.ID(id))))
        }
        return ids
    }

    private mutating func mergeTimeline(_ other: Profile, _ ids: [StringPool.ID]) {
        let own = entries.count
        for entry in other.entries {
            let entry = entry.renumbered(ids)
            guard let index = entries[..<own].firstIndex(where: { $0.hash == entry.hash }) else {
                entries.append(entry)
                continue
            }
            // Both hold it: once. A marker wins over a live entry, and of two states of one referral the later one,
            // which has the smaller amount because refunds only take away.
            if entry.isRetracted {
                entries[index] = entries[index].marker
            } else if !entries[index].isRetracted, entry.type == .referralConverted {
                entries[index].amount = min(entries[index].amount, entry.amount)
            } else if !entries[index].isRetracted, entry.flags.contains(.settled) {
                entries[index].flags.insert(.settled)
            }
        }
    }

    private mutating func mergeDeparted(_ other: Profile, _ ids: [StringPool.ID]) {
        for departure in other.departed { add(departure) }
        dayTable.merge(other.dayTable)
        points.merge(other.points)
        for day in other.departedPurchases { addDeparted(day) }
        let older = other.olderPurchases
        if older.days > 0 {
            if olderPurchases.days == 0 {
                olderPurchases.firstDay = older.firstDay
                olderPurchases.lastDay = older.lastDay
            }
            olderPurchases.days += older.days
            olderPurchases.orders += older.orders
            olderPurchases.net = olderPurchases.net.saturatingAdd(older.net)
            olderPurchases.firstDay = min(olderPurchases.firstDay, older.firstDay)
            olderPurchases.lastDay = max(olderPurchases.lastDay, older.lastDay)
        }
        olderPurchases.first = earlier(olderPurchases.first, older.first)
        olderPurchases.last = later(olderPurchases.last, older.last)
        for account in other.orders {
            let index = self.account(for: ids[Int(account.order)], time: account.time)
            orders[index].refunded = orders[index].refunded.saturatingAdd(account.refunded)
            orders[index].taken = orders[index].taken.saturatingAdd(account.taken)
            orders[index].isOpen = orders[index].isOpen || account.isOpen
            orders[index].isNamed = orders[index].isNamed || account.isNamed
        }
        for var register in other.registers {
            register.channel = ids[Int(register.channel)]
            set(register)
        }
    }
}

extension Entry {
    func renumbered(_ ids: [StringPool.ID]) -> Entry {
        var entry = self
        entry.channel = ids[Int(channel)]
        entry.item = ids[Int(item)]
        entry.category = ids[Int(category)]
        entry.brand = ids[Int(brand)]
        entry.campaign = ids[Int(campaign)]
        entry.city = ids[Int(city)]
        entry.order = ids[Int(order)]
        entry.coupon = ids[Int(coupon)]
        entry.ask = ids[Int(ask)]
        entry.referrer = ids[Int(referrer)]
        entry.identity = ids[Int(identity)]
        return entry
    }
}

extension LinkRegister {
    func renumbered(_ ids: [StringPool.ID]) -> LinkRegister {
        var link = self
        link.a = ids[Int(a)]
        link.b = ids[Int(b)]
        return link
    }
}

extension NamedRegister {
    func renumbered(_ ids: [StringPool.ID]) -> NamedRegister {
        var register = self
        register.name = ids[Int(name)]
        if case .text(let text) = value { register.value = .text(ids[Int(text)]) }
        return register
    }
}
