import Interactions

extension Profile {
    /// Brings lists into the one order that equal profiles share, and numbers the strings by first use in it; strings
    /// nobody uses any more are gone afterwards.
    public mutating func canonicalize() {
        arrange()
        let numbers = Numbering(self)
        let ids = numbers.ids
        for index in identities.indices { identities[index].identity = ids[Int(identities[index].identity)] }
        for index in entries.indices { entries[index] = entries[index].renumbered(ids) }
        for index in orders.indices { orders[index].order = ids[Int(orders[index].order)] }
        for index in registers.indices { registers[index].channel = ids[Int(registers[index].channel)] }
        for index in tags.indices { tags[index] = tags[index].renumbered(ids) }
        for index in attributes.indices { attributes[index] = attributes[index].renumbered(ids) }
        for index in links.indices { links[index] = links[index].renumbered(ids) }
        strings = StringPool(numbers.count, of: strings) { numbers.old($0) }
    }

    /// Brings lists into the one order that equal profiles share.
    mutating func arrange() {
        // Nearly every profile has one identity and no more of anything: to sort even that costs more than to look.
        let strings = strings
        if identities.count > 1 { identities.sort { strings.precedes($0.identity, $1.identity) } }
        if departed.count > 1 { departed.sort { $0.type.rawValue < $1.type.rawValue } }
        if orders.count > 1 { orders.sort { strings.precedes($0.order, $1.order) } }
        if registers.count > 1 {
            registers.sort {
                $0.fact != $1.fact ? $0.fact.rawValue < $1.fact.rawValue : strings.precedes($0.channel, $1.channel)
            }
        }
        if tags.count > 1 { tags.sort { strings.precedes($0.name, $1.name) } }
        if attributes.count > 1 { attributes.sort { strings.precedes($0.name, $1.name) } }
        if links.count > 1 {
            links.sort { $0.a != $1.a ? strings.precedes($0.a, $1.a) : strings.precedes($0.b, $1.b) }
        }
        if retractions.count > 1 { retractions.sort { $0.target < $1.target } }
    }
}

/// Numbers for the strings of a profile, in the order in which its lists use them.
struct Numbering {
    /// The new number of each old one, `absent` where nobody uses it; then the old number of each new one.
    private(set) var ids: [StringPool.ID] = []
    /// Of old numbers, and of new ones; both with that of the absent string.
    private let olds: Int
    private(set) var count = 1

    /// - Parameter profile: in the order that equal profiles share.
    init(_ profile: borrowing Profile) {
        olds = profile.strings.count
        let count = 2 * olds
        // A third of what `repeating` costs, which is not made for this type.
        ids.append(addingCapacity: count) { $0.append(repeating: StringPool.absent, count: count) }
        for identity in profile.identities { add(identity.identity) }
        let entries = profile.entries.span
        for index in entries.indices { add(entries[index]) }
        for account in profile.orders { add(account.order) }
        for register in profile.registers { add(register.channel) }
        for tag in profile.tags { add(tag.name) }
        for attribute in profile.attributes {
            add(attribute.name)
            if case .text(let text) = attribute.value { add(text) }
        }
        for link in profile.links {
            add(link.a)
            add(link.b)
        }
    }

    @inline(__always) func new(_ old: StringPool.ID) -> StringPool.ID { ids[Int(old)] }
    @inline(__always) func old(_ new: Int) -> StringPool.ID { ids[olds + new] }

    @inline(__always) private mutating func add(_ id: StringPool.ID) {
        if id == StringPool.absent || ids[Int(id)] != StringPool.absent { return }
        ids[Int(id)] = StringPool.ID(count)
        ids[olds + count] = id
        count += 1
    }

    @inline(__always) private mutating func add(_ entry: borrowing Entry) {
        add(entry.identity)
        add(entry.channel)
        add(entry.item)
        add(entry.category)
        add(entry.brand)
        // Of most entries there is none of these.
        if entry.campaign | entry.city | entry.order | entry.coupon | entry.ask | entry.referrer == 0 { return }
        add(entry.campaign)
        add(entry.city)
        add(entry.order)
        add(entry.coupon)
        add(entry.ask)
        add(entry.referrer)
    }
}
