/// Makes the records of a plan one after the other, each written straight into bytes.
package struct TrafficStream: Sendable {
    /// What was written last: a record is valid until the next call.
    package private(set) var value: [UInt8] = []
    package private(set) var key: [UInt8] = []
    /// The last record has no value: a tombstone.
    package var isTombstone: Bool { badRecord == .tombstone }
    /// What is wrong with the last record, if anything.
    package private(set) var badRecord: BadRecord?
    /// Unix ms at which the last record is sent; its event may have happened before.
    package private(set) var time: Int64 = 0
    /// Records made so far, and how many of them cannot be folded or were sent before.
    package private(set) var made = 0
    package private(set) var bad = 0
    package private(set) var repeated = 0

    private let plan: TrafficPlan
    private let customers: Zipf
    private let items: Zipf
    private let stride: Int
    private let places = Happening.places
    private let happenings = Happening.all
    private let idPrefix: [UInt8]
    private var random: SplitMix
    private var orders = Recent<Order>(room: 4096)
    private var events = Recent<Event>(room: 1024)
    private var asks = Recent<Event>(room: 256)
    private var sent = Recent<Sent>(room: 64)

    /// What later records refer to: by whom, and the number that names it.
    private struct Event { var customer, number: Int }
    private struct Order { var customer, number, cents: Int }
    private struct Sent { var key, value: [UInt8] }

    package init(_ plan: TrafficPlan) {
        self.plan = plan
        customers = Zipf(count: plan.customers, exponent: plan.skew)
        items = Zipf(count: plan.items, exponent: plan.itemSkew)
        random = SplitMix(seed: SplitMix.mix(plan.seed) ^ UInt64(plan.wave))
        idPrefix = Array("w\(plan.wave)-".utf8)
        // Hot customers are spread over the ids: multiplying by a number that shares no factor is a permutation.
        var stride = Int(Double(plan.customers) * 0.6180339887) | 1
        while Self.divisor(stride, plan.customers) != 1 { stride += 2 }
        self.stride = stride
    }

    private static func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }

    /// Makes the next record; false when the plan is done.
    package mutating func next() -> Bool {
        if made == plan.events { return false }
        defer { made += 1 }
        badRecord = nil
        time = plan.start + plan.span * Int64(made) / Int64(plan.events)
        if random.isHit(plan.duplicates), let again = sent.any(&random) {
            (key, value) = (again.key, again.value)
            repeated += 1
            return true
        }
        value.removeAll(keepingCapacity: true)
        let customer = someone()
        if random.isHit(plan.bad) {
            writeBad(customer)
            return true
        }
        let late = random.isHit(plan.late) ? Int64(random.below(3_600_000)) : 0
        writeEvent(customer, at: time - late)
        if plan.duplicates > 0, random.below(16) == 0 { sent.add(Sent(key: key, value: value)) }
        return true
    }

    // MARK: - Customers

    private mutating func someone() -> Int {
        if random.isHit(plan.hot) { return 0 }
        return (customers.draw(&random) * stride + plan.customers / 3) % plan.customers
    }

    private static let namespaces = [
        "crm", "crm", "crm", "crm", "crm", "wechat", "wechat", "wechat", "weibo", "device",
    ]
    .map { Array("\($0):".utf8) }
    private static let channels = ["app", "web", "mini", "store"].map { Array(",\"channel\":\"\($0)\"".utf8) }

    /// The same name for a customer, always.
    private static func appendName(_ customer: Int, to bytes: inout [UInt8]) {
        let habit = SplitMix.mix(UInt64(customer))
        bytes.append(contentsOf: namespaces[Int(habit % 10)])
        bytes.append(number: customer)
    }

    /// Everybody is met where they are known, and most on one or two channels of their own besides.
    private mutating func writeChannel(_ customer: Int) {
        let habit = SplitMix.mix(UInt64(customer))
        let choice = random.below(8)
        if choice < 3 { return }
        value.append(contentsOf: Self.channels[Int((choice < 7 ? habit >> 8 : habit >> 16) % 4)])
    }

    // MARK: - Events

    private mutating func writeEvent(_ customer: Int, at instant: Int64) {
        var happening = happenings[Int(places[random.below(places.count)])]
        var customer = customer
        var order: Order?
        var event: Event?
        // What refers to something earlier is done by whoever did that.
        switch happening.detail {
        case .refund:
            order = orders.any(&random)
            if let order { customer = order.customer } else { happening = happenings[Happening.view] }
        case .retract, .answer:
            event = happening.detail == .retract ? events.any(&random) : asks.any(&random)
            if let event { customer = event.customer } else { happening = happenings[Happening.view] }
        default: break
        }
        key.removeAll(keepingCapacity: true)
        Self.appendName(customer, to: &key)

        value.append("{\"event_id\":\"")
        writeID(made)
        value.append(contentsOf: happening.opening)
        value.append(number: Int(instant))
        value.append(",\"customer\":\"")
        value.append(contentsOf: key)
        value.append(UInt8(ascii: "\""))
        writeChannel(customer)
        switch happening.detail {
        case .none: break
        case .item: writeItem()
        case .category: field(",\"category\":\"c", random.below(40))
        case .dwell:
            writeItem()
            value.append(",\"duration_s\":")
            value.append(number: 1 + random.below(300))
        case .coupon: field(",\"coupon_id\":\"k", random.below(20))
        case .purchase: writePurchase(customer)
        case .refund: writeRefund(order!)
        case .rated: writeRating()
        case .complaint: value.append(",\"sentiment\":-0.6,\"text\":\"late\"")
        case .spoken: value.append(",\"text\":\"好\"")
        case .ask:
            field(",\"ask_id\":\"a", made)
            asks.add(Event(customer: customer, number: made))
        case .answer: field(",\"ask_id\":\"a", event!.number)
        case .retract:
            value.append(",\"refers_to\":\"")
            writeID(event!.number)
            value.append(UInt8(ascii: "\""))
        case .tag: value.append(",\"tags\":[\"promotion\"]")
        case .attributes:
            value.append(",\"attributes\":{\"size\":\"m\",\"visits\":")
            value.append(number: random.below(9))
            value.append(UInt8(ascii: "}"))
        case .points:
            value.append(",\"quantity\":")
            value.append(number: 10 + random.below(500))
        }
        value.append(UInt8(ascii: "}"))
        if happening.detail != .retract, random.below(64) == 0 { events.add(Event(customer: customer, number: made)) }
    }

    private mutating func writeID(_ event: Int) {
        value.append(contentsOf: idPrefix)
        value.append(number: event)
    }

    private mutating func field(_ opening: String, _ number: Int) {
        value.append(opening)
        value.append(number: number)
        value.append(UInt8(ascii: "\""))
    }

    private mutating func writeItem() {
        let item = items.draw(&random)
        field(",\"item\":\"i", item)
        field(",\"category\":\"c", item % 40)
    }

    private mutating func writeRating() {
        writeItem()
        value.append(",\"rating\":")
        // More are content than not.
        value.append(number: 1 + max(random.below(5), random.below(5)))
        if random.below(3) == 0 {
            value.append(",\"sentiment\":0.")
            value.append(number: random.below(10))
        }
    }

    private mutating func writePurchase(_ customer: Int) {
        let item = items.draw(&random)
        let cents = 990 + random.below(60_000)
        orders.add(Order(customer: customer, number: made, cents: cents))
        field(",\"item\":\"i", item)
        field(",\"brand\":\"b", item % 300)
        writeOrder(made)
        value.append(",\"amount\":")
        value.append(cents: cents)
        if random.below(3) == 0 { field(",\"coupon_id\":\"k", random.below(20)) }
        if random.below(25) == 0 {
            value.append(",\"referrer\":\"")
            let referrer = someone()
            Self.appendName(referrer, to: &value)
            value.append(UInt8(ascii: "\""))
        }
        if random.below(10) == 0 { value.append(",\"campaign\":\"1111\",\"city\":\"杭州\"") }
    }

    private mutating func writeOrder(_ number: Int) {
        value.append(",\"order_id\":\"o")
        writeID(number)
        value.append(UInt8(ascii: "\""))
    }

    private mutating func writeRefund(_ order: Order) {
        writeOrder(order.number)
        // Half of the refunds are whole, the rest in part.
        if random.below(2) == 0 { return }
        value.append(",\"amount\":")
        value.append(cents: 1 + random.below(order.cents))
    }

    // MARK: - Bad records

    private mutating func writeBad(_ customer: Int) {
        key.removeAll(keepingCapacity: true)
        Self.appendName(customer, to: &key)
        let kind = BadRecord.allCases[bad % BadRecord.allCases.count]
        bad += 1
        badRecord = kind
        var id = idPrefix
        id.append(number: made)
        kind.write(id: id, customer: key, time: time, to: &value)
    }
}
