import Interactions

extension Event {
    /// The event as the value of a Kafka record.
    package var record: [UInt8] {
        var fields = [
            "\"event_id\":\"\(id)\"", "\"type\":\"\(type.name)\"", "\"occurred_at\":\(at)",
            "\"customer\":\"\(customer)\"",
        ]
        func add(_ name: String, _ text: String?) { if let text { fields.append("\"\(name)\":\"\(text)\"") } }
        func add(_ name: String, _ value: Int64?, places: Int) {
            guard let value else { return }
            let scale = places == 2 ? 100 : 1000 as Int64
            let digits = String(abs(value) % scale)
            let padded = String(repeating: "0", count: places - digits.count) + digits
            fields.append("\"\(name)\":\(value < 0 ? "-" : "")\(abs(value) / scale).\(padded)")
        }
        add("channel", channel)
        add("amount", amount, places: 2)
        if let quantity { fields.append("\"quantity\":\(quantity)") }
        add("rating", rating.map { Int64($0) }, places: 2)
        add("sentiment", sentiment.map { Int64($0) }, places: 3)
        add("item", item)
        add("brand", brand)
        add("order_id", order)
        add("referrer", referrer)
        add("refers_to", refersTo)
        add("category", category)
        add("city", city)
        add("coupon_id", coupon)
        add("ask_id", ask)
        if !tags.isEmpty { fields.append("\"tags\":[" + tags.map { "\"\($0)\"" }.joined(separator: ",") + "]") }
        if !attributes.isEmpty {
            let pairs = attributes.map { "\"\($0.name)\":" + ($0.number.map { "\($0)" } ?? "null") }
            fields.append("\"attributes\":{" + pairs.joined(separator: ",") + "}")
        }
        return Array(("{" + fields.joined(separator: ",") + "}").utf8)
    }
}
