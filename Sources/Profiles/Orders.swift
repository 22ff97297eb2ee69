import Interactions

/// What is remembered of an order after some of its events have left the timeline.
public struct OrderAccount: Equatable, Sendable {
    public var order: StringPool.ID
    /// Refunds of the order that have left, minor units.
    public var refunded: Int64 = 0
    /// How much of its refunds the departed purchases of the order took.
    public var taken: Int64 = 0
    /// A refund without amount has left: all that is left of the order is refunded.
    public var isOpen = false
    /// A refund has left, whatever its amount: a purchase of nothing no longer stands.
    public var isNamed = false
    /// Time of the newest departed event; accounts over the limit are dropped oldest first.
    public var time: Int64

    public init(order: StringPool.ID, time: Int64) {
        self.order = order
        self.time = time
    }
}

/// A purchase after the refunds of its order.
public struct NetPurchase: Equatable, Sendable {
    /// Index of the entry in the timeline.
    public var index: Int
    /// Minor units, never below zero.
    public var net: Int64
    /// Not wholly refunded: only standing purchases count anywhere.
    public var stands: Bool
    /// How much of the order's refunds it took.
    public var taken: Int64
}

/// One day with standing purchases that have left the timeline.
public struct PurchaseDay: Equatable, Sendable {
    public var day: Int32
    public var orders: Int64
    /// Minor units.
    public var net: Int64
}

extension Profile {
    /// The purchases of the timeline in timeline order, each with what the refunds of its order leave of it.
    ///
    /// The refunds of an order are added up and taken from its purchases in timeline order, none below zero; what is
    /// left over changes nothing.
    public func netPurchases() -> [NetPurchase] {
        let purchases = range(of: .purchase)
        var result: [NetPurchase] = []
        if purchases.isEmpty { return result }
        result.reserveCapacity(purchases.count)
        let refunds = range(of: .refund)
        for index in purchases {
            let entry = entries[index]
            if entry.isRetracted { continue }
            var purchase = NetPurchase(index: index, net: entry.amount, stands: true, taken: 0)
            if entry.order != StringPool.absent, !refunds.isEmpty || !orders.isEmpty {
                var account = orders.first { $0.order == entry.order } ?? OrderAccount(order: entry.order, time: 0)
                for refund in entries[refunds] where refund.order == entry.order && !refund.isRetracted {
                    account.isNamed = true
                    if refund.flags.contains(.amount) {
                        account.refunded = account.refunded.saturatingAdd(refund.amount)
                    } else {
                        account.isOpen = true
                    }
                }
                if account.isNamed {
                    var left = account.isOpen ? .max : max(0, account.refunded - account.taken)
                    if !account.isOpen {
                        for earlier in result where entries[earlier.index].order == entry.order {
                            left -= earlier.taken
                        }
                    }
                    purchase.taken = min(left, entry.amount)
                    purchase.net = entry.amount - purchase.taken
                    purchase.stands = purchase.net > 0
                }
            }
            result.append(purchase)
        }
        return result
    }

    /// Days with standing purchases, ascending: departed ones and those of the timeline together. The days summed into
    /// `olderPurchases` are not in it.
    public func purchaseDays(_ net: [NetPurchase], _ calendar: LocalCalendar) -> [PurchaseDay] {
        var result: [PurchaseDay] = []
        if net.isEmpty { return departedPurchases }
        result.reserveCapacity(departedPurchases.count + net.count)
        var departed = departedPurchases[...]
        func add(_ day: PurchaseDay) {
            if let last = result.last, last.day == day.day {
                result[result.count - 1].orders += day.orders
                result[result.count - 1].net = last.net.saturatingAdd(day.net)
            } else {
                result.append(day)
            }
        }
        for purchase in net where purchase.stands {
            let day = Int32(calendar.day(entries[purchase.index].time))
            while let first = departed.first, first.day <= day {
                add(first)
                departed.removeFirst()
            }
            add(PurchaseDay(day: day, orders: 1, net: purchase.net))
        }
        for day in departed { add(day) }
        return result
    }

    mutating func account(for order: StringPool.ID, time: Int64) -> Int {
        if let index = orders.firstIndex(where: { $0.order == order }) {
            orders[index].time = max(orders[index].time, time)
            return index
        }
        orders.append(OrderAccount(order: order, time: time))
        return orders.count - 1
    }

    mutating func addDeparted(_ day: PurchaseDay) {
        let place = departedPurchases.partitioningIndex { $0.day >= day.day }
        if place < departedPurchases.count, departedPurchases[place].day == day.day {
            departedPurchases[place].orders += day.orders
            departedPurchases[place].net = departedPurchases[place].net.saturatingAdd(day.net)
        } else {
            departedPurchases.insert(day, at: place)
        }
    }
}

extension Array {
    /// The first index whose element satisfies `predicate`, in an array where all that do come last.
    ///
    /// - Parameter start: none before it does.
    public func partitioningIndex(from start: Int = 0, where predicate: (Element) -> Bool) -> Int {
        var low = start
        var length = count &- start
        while length > 0 {
            let half = length &>> 1
            if predicate(self[low &+ half]) {
                length = half
            } else {
                low &+= half &+ 1
                length &-= half &+ 1
            }
        }
        return low
    }
}
