import Interactions

extension Profile {
    /// Brings lists into the one order that equal profiles share, and numbers the strings by first use in it; strings
    /// nobody uses any more are gone afterwards.
    public mutating func canonicalize() {
        let old = strings
        // Nearly every profile has one identity and no more of anything: to sort even that costs more than to look.
        if identities.count > 1 { identities.sort { old.precedes($0.identity, $1.identity) } }
        if departed.count > 1 { departed.sort { $0.type.rawValue < $1.type.rawValue } }
        if orders.count > 1 { orders.sort { old.precedes($0.order, $1.order) } }
        if registers.count > 1 {
            registers.sort {
                $0.fact != $1.fact ? $0.fact.rawValue < $1.fact.rawValue : old.precedes($0.channel, $1.channel)
            }
        }
        if tags.count > 1 { tags.sort { old.precedes($0.name, $1.name) } }
        if attributes.count > 1 { attributes.sort { old.precedes($0.name, $1.name) } }
        if links.count > 1 {
            links.sort { $0.a != $1.a ? old.precedes($0.a, $1.a) : old.precedes($0.b, $1.b) }
        }
        if retractions.count > 1 { retractions.sort { $0.target < $1.target } }

        var numbers = Renumbering(old)
        for index in identities.indices { numbers.renumber(&identities[index].identity) }
        for index in entries.indices { numbers.renumber(&entries[index]) }
        for index in orders.indices { numbers.renumber(&orders[index].order) }
        for index in registers.indices { numbers.renumber(&registers[index].channel) }
        for index in tags.indices { numbers.renumber(&tags[index].name) }
        for index in attributes.indices {
            numbers.renumber(&attributes[index].name)
            if case .text(var text) = attributes[index].value {
                numbers.renumber(&text)
                attributes[index].value = .text(text)
            }
        }
        for index in links.indices {
            numbers.renumber(&links[index].a)
            numbers.renumber(&links[index].b)
        }
        strings = numbers.pool
    }
}

/// Numbers strings anew in the order in which they are met.
private struct Renumbering {
    private let old: StringPool
    private var ids: [StringPool.ID]
    private(set) var pool: StringPool

    init(_ old: StringPool) {
        self.old = old
        ids = [StringPool.ID](repeating: StringPool.absent, count: old.count)
        pool = StringPool(room: old.count, bytes: old.bytes.count)
    }

    @inline(__always) mutating func renumber(_ id: inout StringPool.ID) {
        if id == StringPool.absent { return }
        if ids[Int(id)] == StringPool.absent {
            ids[Int(id)] = pool.append(id, from: old)
        }
        id = ids[Int(id)]
    }

    mutating func renumber(_ entry: inout Entry) {
        renumber(&entry.identity)
        renumber(&entry.channel)
        renumber(&entry.item)
        renumber(&entry.category)
        renumber(&entry.brand)
        renumber(&entry.campaign)
        renumber(&entry.city)
        renumber(&entry.order)
        renumber(&entry.coupon)
        renumber(&entry.ask)
        renumber(&entry.referrer)
    }
}
