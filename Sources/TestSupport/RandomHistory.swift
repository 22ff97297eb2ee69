import Interactions

/// Histories of one person that visit the corners: equal instants, day boundaries, refunds of all kinds, retractions
/// before and after their targets, orders with several purchases.
package struct RandomHistory {
    package var random: SplitMix
    /// 2025-06-15T00:00:00Z.
    package static let origin: Int64 = 1_749_945_600_000
    private static let day: Int64 = 86_400_000

    package init(seed: UInt64) { random = SplitMix(seed: seed) }

    private static let types = EventType.allCases.filter { type in
        type != .referralConverted && type != .erase && type != .link && type != .unlink
    }

    /// - Parameter count: events; below the timeline's K of any type, all laws hold exactly.
    package mutating func events(_ count: Int, customer: String = "crm:1") -> [Event] {
        let span = random.one(of: [Self.day / 24, Self.day, 30 * Self.day, 400 * Self.day, 1500 * Self.day])
        let favourites = (0..<4).map { _ in random.one(of: Self.types) } + [.purchase, .refund, .follow, .view]
        var events: [Event] = []
        for number in 0..<count {
            let type = random.chance(70) ? random.one(of: favourites) : random.one(of: Self.types)
            var event = Event("e\(number)", type, at: Self.origin - Int64(random.next() % UInt64(span)))
            // Instants that collide, and midnights.
            if random.chance(20) { event.at = event.at / Self.day * Self.day + Int64(random.below(3)) - 1 }
            if random.chance(10), let other = events.last { event.at = other.at }
            event.customer = customer
            if random.chance(40) { event.channel = random.one(of: ["web", "app", "wechat"]) }
            if random.chance(20) { event.rating = random.one(of: [100, 200, 250, 399, 400, 500]) }
            if random.chance(15) { event.sentiment = random.one(of: [-1000, -201, -200, 0, 200, 201, 900]) }
            if random.chance(30) { event.item = "i\(random.below(5))" }
            if random.chance(30) { event.brand = "b\(random.below(7))" }
            if random.chance(30) { event.category = "c\(random.below(7))" }
            if random.chance(20) { event.city = "t\(random.below(3))" }
            if type == .ask || random.chance(10) { event.ask = "a\(random.below(3))" }
            switch type {
            case .purchase:
                event.amount = random.chance(10) ? (random.chance(50) ? nil : 0) : Int64(random.below(20_000))
                if random.chance(10) { event.amount = Int64(random.below(3_000_000)) }
                if random.chance(70) { event.order = "o\(random.below(6))" }
                if random.chance(30) { event.coupon = "k\(random.below(3))" }
            case .refund:
                if random.chance(80) { event.order = "o\(random.below(6))" }
                if random.chance(75) { event.amount = Int64(random.below(30_000)) }
            case .retract: event.refersTo = "e\(random.below(count))"
            case .tagAdd, .tagRemove: event.tags = ["t\(random.below(3))"]
            case .attributesSet:
                event.attributes = [("a\(random.below(3))", random.chance(20) ? nil : Double(random.below(9)))]
            case .pointsRedeem: event.quantity = Int64(1 + random.below(50))
            case .pointsAdjust: event.quantity = Int64(random.below(99) - 49) | 1
            default: break
            }
            events.append(event)
        }
        return events
    }
}
