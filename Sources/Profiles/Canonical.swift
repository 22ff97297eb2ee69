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

        var numbers = Renumbering(old.count)
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
        strings = StringPool(numbers.count, of: old) { numbers.old($0) }
    }
}

/// Numbers strings anew in the order in which they are met.
private struct Renumbering {
    private struct Slot {
        /// The new number of the string with this old one.
        var new = StringPool.absent
        /// The old number of the string with this new one.
        var old = StringPool.absent
    }
    private var slots: [Slot] = []
    /// Of new numbers, with that of the absent string.
    private(set) var count = 1

    /// - Parameter count: of old numbers.
    init(_ count: Int) {
        // Less than half of what `repeating` costs, which is not made for this type.
        slots.append(addingCapacity: count) { $0.append(repeating: Slot(), count: count) }
    }

    func old(_ new: Int) -> StringPool.ID { slots[new].old }

    @inline(__always) mutating func renumber(_ id: inout StringPool.ID) {
        if id == StringPool.absent { return }
        if slots[Int(id)].new == StringPool.absent {
            slots[Int(id)].new = StringPool.ID(count)
            slots[count].old = id
            count += 1
        }
        id = slots[Int(id)].new
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
