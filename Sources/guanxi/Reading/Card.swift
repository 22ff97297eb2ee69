import Interactions
import Postgres
import Profiles

/// One person on one card: what the tables say, and the newest of what they did.
struct Card: Equatable {
    var asked: String
    var customer: String
    var identities: [String] = []
    var lines: [Line] = []
    /// Stored size of what the card is computed from; nil where the role may not read it.
    var stateBytes: Int?
    /// Newest first; likewise `points` and `transitions`.
    var events: [Event] = []
    var points: [Points] = []
    var transitions: [Transition] = []

    /// One column: its value for people and for programs, and what it means.
    struct Line: Equatable {
        var section: String
        var name: String
        var text: String
        var json: JSON
        var meaning: String
    }

    struct Event: Equatable {
        var at: Int64
        var type: String
        var channel: String
        var item: String
        /// Minor units.
        var amount: Int64?
    }

    /// A row of the ledger.
    struct Points: Equatable {
        var day: String
        var rule: String
        var kind: String
        var earned: Int64
        var spent: Int64
        var refused: Int64
        /// Nil where nothing was earned.
        var expiresOn: String?
    }

    struct Transition: Equatable {
        var at: Int64
        var dimension: String
        var from: String?
        /// Nil where a segment was left.
        var to: String?
        var cause: String
    }
}

extension Card {
    private static let sql = """
        SELECT customer_id, \(CardField.all.map(\.name).joined(separator: ", "))
        FROM customer_card WHERE identity = $1::text
        """
    private static let meaningSQL = """
        SELECT attname::text, coalesce(col_description(attrelid, attnum), '') FROM pg_attribute
        WHERE attrelid = 'profile'::regclass AND attnum > 0 AND NOT attisdropped
        """
    private static let pointsSQL = """
        SELECT day::text, rule, kind, earned, spent, refused, expires_on::text FROM points
        WHERE customer_id = $1::text ORDER BY day DESC, rule, kind LIMIT $2::bigint
        """
    private static let transitionsSQL = """
        SELECT effective_at, dimension, "from", "to", cause FROM transition WHERE customer_id = $1::text
        ORDER BY recorded_at DESC, id DESC LIMIT $2::bigint
        """

    /// Nil when nobody has this identity.
    ///
    /// - Parameter newest: how many events, rows of the ledger and transitions to show.
    static func read(_ identity: String, from database: Database, newest: Int) throws -> Card? {
        let rows = try database.rows("card", sql, [.string(identity)])
        guard rows.count == 1 else { return nil }
        var card = Card(asked: identity, customer: rows.string(0, 0))
        var meanings: [String: String] = [:]
        let comments = try database.rows("card meaning", meaningSQL)
        for row in 0..<comments.count { meanings[comments.string(row, 0)] = comments.string(row, 1) }
        for (index, field) in CardField.all.enumerated() {
            let value = field.read(rows, 0, index + 1)
            card.lines.append(
                Line(
                    section: field.section, name: field.name, text: value.text, json: value.json,
                    meaning: meanings[field.name] ?? ""))
        }
        let limited: [Parameter] = [.string(card.customer), .int(Int64(newest))]
        let ledger = try database.rows("card points", pointsSQL, limited)
        card.points = (0..<ledger.count).map { row in
            Points(
                day: ledger.string(row, 0), rule: ledger.string(row, 1), kind: ledger.string(row, 2),
                earned: ledger.int(row, 3), spent: ledger.int(row, 4), refused: ledger.int(row, 5),
                expiresOn: ledger.isNull(row, 6) ? nil : ledger.string(row, 6))
        }
        let changes = try database.rows("card transitions", transitionsSQL, limited)
        card.transitions = (0..<changes.count).map { row in
            Transition(
                at: changes.instant(row, 0), dimension: changes.string(row, 1),
                from: changes.isNull(row, 2) ? nil : changes.string(row, 2),
                to: changes.isNull(row, 3) ? nil : changes.string(row, 3), cause: changes.string(row, 4))
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
