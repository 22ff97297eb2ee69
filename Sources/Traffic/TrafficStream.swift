/// Makes the records of a plan one after the other, each written straight into bytes.
package struct TrafficStream: Sendable {
    /// What was written last: a record is valid until the next call.
    package private(set) var value: [UInt8] = []
    package private(set) var key: [UInt8] = []
    /// The last record has no value: a tombstone.
    package private(set) var isTombstone = false
    /// Unix ms of the last event.
    package private(set) var time: Int64 = 0
    /// Records made so far, and how many of them cannot be folded.
    package private(set) var made = 0
    package private(set) var bad = 0

    private let plan: TrafficPlan
    private let customers: Zipf
    private let items: Zipf
    private var random: SplitMix
    /// What a customer did last that something later may refer to.
    private var lastOrder: [Int32: (event: Int, cents: Int)] = [:]
    private var lastEvent: [Int32: Int] = [:]
    private var lastAsk: [Int32: Int] = [:]
    private let stride: Int

    package init(_ plan: TrafficPlan) {
        self.plan = plan
        customers = Zipf(count: plan.customers, exponent: plan.skew)
        items = Zipf(count: plan.items, exponent: 1)
        random = SplitMix(seed: SplitMix.mix(plan.seed) ^ UInt64(plan.wave))
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
        isTombstone = false
        if made > 0, plan.duplicates > 0, random.unit() < plan.duplicates { return true }  // the same bytes again
        value.removeAll(keepingCapacity: true)
        key.removeAll(keepingCapacity: true)
        let customer = Int32(customers.draw(&random) * stride % plan.customers)
        time = plan.start + plan.span * Int64(made) / Int64(plan.events)
        if plan.late > 0, random.unit() < plan.late { time -= Int64(random.below(3_600_000)) }
        writeKey(customer)
        if plan.bad > 0, random.unit() < plan.bad {
            writeBad(customer)
            bad += 1
            return true
        }
        writeEvent(customer)
        return true
    }

    // MARK: - Customers

    private static let namespaces = ["crm", "wechat", "weibo", "phone", "device"]

    /// The same namespace for a customer, always.
    private mutating func writeKey(_ customer: Int32) {
        let word = SplitMix.mix(UInt64(customer)) % 10
        key.append(Self.namespaces[[0, 0, 0, 0, 0, 1, 1, 1, 2, 4][Int(word)]])
        key.append(UInt8(ascii: ":"))
        key.append(number: Int(customer))
    }

    // MARK: - Events

    /// How often what happens, in thousandths of the valid records.
    private static let mix: [(name: String, weight: Int)] = [
        ("view", 424), ("visit", 120), ("search", 80), ("dwell", 5), ("favorite", 40), ("want", 10),
        ("add_to_cart", 70), ("remove_from_cart", 5), ("compare_price", 10), ("enquiry", 8), ("like", 25),
        ("comment", 12), ("share", 15), ("repost", 5), ("follow", 12), ("follow_back", 5), ("unfollow", 2),
        ("review", 12), ("buyer_show", 3), ("question", 3), ("answer", 2), ("vote", 4), ("recommend", 2),
        ("coupon_claim", 30), ("lottery", 8), ("check_in", 18), ("game", 4), ("group_buy_join", 3), ("trial_join", 2),
        ("purchase", 36), ("coupon_redeem", 5), ("refund", 3), ("member_join", 3), ("member_leave", 1),
        ("complaint", 1), ("service_contact", 2), ("service_rating", 2), ("ask", 1), ("message_open", 3),
        ("message_click", 1), ("opt_in", 1), ("opt_out", 1), ("tag_add", 1), ("attributes_set", 1), ("retract", 1),
    ]
    private static let types: [Int] = mix.indices.flatMap { [Int](repeating: $0, count: mix[$0].weight) }

    private mutating func writeEvent(_ customer: Int32) {
        var name = Self.mix[Self.types[random.below(Self.types.count)]].name
        // What refers to something earlier needs something earlier.
        if name == "refund", lastOrder[customer] == nil { name = "view" }
        if name == "retract", lastEvent[customer] == nil { name = "view" }
        open(name)
        value.append(",\"customer\":\"")
        value.append(contentsOf: key)
        value.append(UInt8(ascii: "\""))
        switch name {
        case "view", "favorite", "want", "add_to_cart", "remove_from_cart", "compare_price", "enquiry", "buyer_show",
            "question", "share", "recommend":
            writeItem()
        case "search", "dwell": field("category", "c", random.below(40))
        case "review", "service_rating":
            writeItem()
            value.append(",\"rating\":")
            value.append(number: 1 + max(random.below(5), random.below(5)))
            if random.below(3) == 0 {
                value.append(",\"sentiment\":0.")
                value.append(number: random.below(10))
            }
        case "complaint": value.append(",\"sentiment\":-0.6,\"text\":\"late\"")
        case "coupon_claim", "coupon_redeem": field("coupon_id", "k", random.below(20))
        case "purchase": writePurchase(customer)
        case "refund": writeRefund(customer)
        case "ask":
            field("ask_id", "a", made)
            lastAsk[customer] = made
        case "answer", "message_open":
            if let ask = lastAsk[customer] { field("ask_id", "a", ask) }
        case "retract":
            value.append(",\"refers_to\":\"")
            writeID(lastEvent[customer] ?? 0)
            value.append(UInt8(ascii: "\""))
        case "tag_add": value.append(",\"tags\":[\"promotion\"]")
        case "attributes_set": value.append(",\"attributes\":{\"size\":\"m\",\"visits\":\(random.below(9))}")
        default: break
        }
        value.append(UInt8(ascii: "}"))
        if name != "retract", name != "purchase", random.below(4) == 0 { lastEvent[customer] = made }
    }

    private mutating func open(_ type: String) {
        value.append("{\"event_id\":\"")
        writeID(made)
        value.append("\",\"type\":\"")
        value.append(type)
        value.append("\",\"occurred_at\":")
        value.append(number: Int(time))
    }

    private mutating func writeID(_ event: Int) {
        value.append(UInt8(ascii: "w"))
        value.append(number: plan.wave)
        value.append(UInt8(ascii: "-"))
        value.append(number: event)
    }

    private mutating func field(_ name: String, _ prefix: String, _ number: Int) {
        value.append(",\"")
        value.append(name)
        value.append("\":\"")
        value.append(prefix)
        value.append(number: number)
        value.append(UInt8(ascii: "\""))
    }

    private mutating func writeItem() {
        let item = items.draw(&random)
        field("item", "i", item)
        field("category", "c", item % 40)
    }

    private mutating func writePurchase(_ customer: Int32) {
        let item = items.draw(&random)
        let cents = 990 + random.below(60_000)
        lastOrder[customer] = (made, cents)
        field("item", "i", item)
        field("brand", "b", item % 300)
        field("order_id", "o\(plan.wave)-", made)
        value.append(",\"amount\":")
        value.append(cents: cents)
        if random.below(3) == 0 { field("coupon_id", "k", random.below(20)) }
        if random.below(25) == 0 {
            value.append(",\"referrer\":\"crm:")
            value.append(number: random.below(plan.customers))
            value.append(UInt8(ascii: "\""))
        }
        if random.below(10) == 0 { value.append(",\"campaign\":\"1111\",\"city\":\"杭州\"") }
    }

    private mutating func writeRefund(_ customer: Int32) {
        guard let order = lastOrder[customer] else { return }
        field("order_id", "o\(plan.wave)-", order.event)
        // Half of the refunds are whole, the rest in part.
        if random.below(2) == 0 { return }
        value.append(",\"amount\":")
        value.append(cents: 1 + random.below(order.cents))
    }

    // MARK: - Bad records

    /// One of every kind that is rejected.
    private mutating func writeBad(_ customer: Int32) {
        func close(_ stream: inout TrafficStream, _ rest: String) {
            stream.value.append(",\"customer\":\"")
            stream.value.append(contentsOf: stream.key)
            stream.value.append("\"")
            stream.value.append(rest)
            stream.value.append("}")
        }
        switch bad % 12 {
        case 0: isTombstone = true
        case 1: value.append("{\"event_id\":\"w\",\"type\":")
        case 2: value.append(contentsOf: [0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])
        case 3: value.append("[1,2,3]")
        case 4:
            open("view")
            value.append("}")
        case 5:
            open("purchase")
            close(&self, ",\"amount\":\"12.50\"")
        case 6:
            open("review")
            close(&self, ",\"rating\":7")
        case 7:
            open("teleport")
            close(&self, "")
        case 8:
            value.append("{\"event_id\":\"")
            writeID(made)
            value.append("\",\"type\":\"view\",\"occurred_at\":\"yesterday\"")
            close(&self, "")
        case 9:
            value.append("{\"event_id\":\"")
            writeID(made)
            value.append("\",\"type\":\"view\",\"occurred_at\":4102444800000")
            close(&self, "")
        case 10:
            open("view")
            close(&self, ",\"item\":\"a\",\"item\":\"b\"")
        default:
            open("post")
            value.append(",\"text\":\"")
            value.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: 66_000))
            value.append("\"")
            close(&self, "")
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    fileprivate mutating func append(number: Int) {
        if number == 0 {
            append(UInt8(ascii: "0"))
            return
        }
        var divisor = 1
        while number / divisor >= 10 { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }

    fileprivate mutating func append(cents: Int) {
        append(number: cents / 100)
        append(UInt8(ascii: "."))
        append(UInt8(ascii: "0") + UInt8(cents / 10 % 10))
        append(UInt8(ascii: "0") + UInt8(cents % 10))
    }
}
