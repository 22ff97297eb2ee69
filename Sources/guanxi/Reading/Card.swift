import Interactions
import Postgres
import Profiles

/// One person on one card: what the tables say, and the newest of what they did.
struct Card: Equatable {
    var asked: String
    var customer: String
    var identities: [String] = []
    var version: Int64 = 0
    var level: String
    var connection: String
    var lifecycle: String
    var levelSince: Int64
    var lifecycleSince: Int64
    var engagement: Double
    var activity: Int64
    var recency: Int64?
    var frequency: Int64
    /// Minor units; likewise `netSpend`.
    var monetary: Int64
    var purchases: Int64
    var netSpend: Int64
    var repeatDays: Int64?
    var recencyDays: Int64?
    var tenureDays: Int64?
    /// Unix ms; likewise the other instants.
    var firstSeen: Int64?
    var lastSeen: Int64?
    var firstPurchase: Int64?
    var lastPurchase: Int64?
    var isMarketable: Bool
    var evaluatedAt: Int64
    var reviewAt: Int64
    var stateBytes: Int?
    /// Newest first.
    var events: [Event] = []
    var transitions: [Transition] = []

    struct Event: Equatable {
        var at: Int64
        var type: String
        var channel: String
        var item: String
        /// Minor units.
        var amount: Int64?
    }

    struct Transition: Equatable {
        var at: Int64
        var dimension: String
        var from: String?
        var to: String
        var cause: String
    }
}

extension Card {
    private static let sql = """
        SELECT c.customer_id, p.version, c.level::text, c.connection::text, c.lifecycle::text, c.level_since,
            c.lifecycle_since, c.engagement, c.activity, c.recency, c.frequency, c.monetary, c.purchases, c.net_spend,
            p.repeat_days, p.recency_days, p.tenure_days, c.first_seen, c.last_seen, c.first_purchase, c.last_purchase,
            c.marketable, c.evaluated_at, c.review_at
        FROM customer_card c JOIN profile p USING (customer_id) WHERE c.identity = $1::text
        """
    private static let transitionsSQL = """
        SELECT effective_at, dimension, "from", "to", cause FROM transition WHERE customer_id = $1::text
        ORDER BY recorded_at DESC, id DESC LIMIT $2::bigint
        """

    /// Nil when nobody has this identity.
    ///
    /// - Parameter newest: how many events and transitions to show.
    static func read(_ identity: String, from database: Database, newest: Int) throws -> Card? {
        let rows = try database.rows("card", sql, [.string(identity)])
        guard rows.count == 1 else { return nil }
        var card = Card(
            asked: identity, customer: rows.string(0, 0), version: rows.int(0, 1), level: rows.string(0, 2),
            connection: rows.string(0, 3), lifecycle: rows.string(0, 4), levelSince: rows.instant(0, 5),
            lifecycleSince: rows.instant(0, 6), engagement: rows.double(0, 7), activity: rows.int(0, 8),
            recency: rows.optionalInt(0, 9), frequency: rows.int(0, 10), monetary: rows.int(0, 11),
            purchases: rows.int(0, 12), netSpend: rows.int(0, 13), repeatDays: rows.optionalInt(0, 14),
            recencyDays: rows.optionalInt(0, 15), tenureDays: rows.optionalInt(0, 16),
            firstSeen: rows.optionalInstant(0, 17), lastSeen: rows.optionalInstant(0, 18),
            firstPurchase: rows.optionalInstant(0, 19), lastPurchase: rows.optionalInstant(0, 20),
            isMarketable: rows.bool(0, 21), evaluatedAt: rows.instant(0, 22), reviewAt: rows.instant(0, 23))
        let changes = try database.rows(
            "card transitions", transitionsSQL, [.string(card.customer), .int(Int64(newest))])
        card.transitions = (0..<changes.count).map { row in
            Transition(
                at: changes.instant(row, 0), dimension: changes.string(row, 1),
                from: changes.isNull(row, 2) ? nil : changes.string(row, 2), to: changes.string(row, 3),
                cause: changes.string(row, 4))
        }
        // A role that may read the columns only (guanxi_reader) gets the card without what is inside the state.
        if let stored = try? database.rows(
            "card state", "SELECT state FROM profile WHERE customer_id = $1::text", [.string(card.customer)]),
            stored.count == 1
        {
            let state = stored.bytes(0, 0)
            card.stateBytes = state.count
            if let profile = try? Profile(decoding: state.span) { card.add(profile, newest: newest) }
        }
        return card
    }

    /// Takes over what the row's columns do not say: identities, and the newest events.
    mutating func add(_ profile: Profile, newest: Int) {
        identities = profile.identities.map { profile.strings.string($0.identity) }.sorted()
        let entries = profile.entries.filter { !$0.isRetracted }.sorted { $0.isLater(than: $1) }
        events = entries.prefix(newest).map { entry in
            Event(
                at: entry.time, type: entry.type.name, channel: profile.strings.string(entry.channel),
                item: profile.strings.string(entry.item), amount: entry.flags.contains(.amount) ? entry.amount : nil)
        }
    }
}
