import Ingest
import Interactions
import Postgres
import ProfileTables
import Profiles
import Scoring

/// The tables against the reference fold, row by row.
extension Audit {
    func compareProfiles(_ expected: [[UInt8]: Profile], _ report: inout AuditReport) throws {
        let history = try DefinitionHistory(database, reader)
        var inForce: [Versions: Definitions] = [:]
        let live = Set(history.stored.revisions.map(\.number))
        var last: [UInt8] = []
        var seen = 0
        var unknown = 0
        var states = 0
        var columns: [String: Int] = [:]
        while true {
            let rows = try database.rows("audit profiles", Self.profiles, [.text(last)])
            if rows.count == 0 { break }
            var page: [[UInt8]: (profile: Profile, model: ScoringModel)] = [:]
            let before = last
            for row in 0..<rows.count {
                last = rows.bytes(row, 0)
                seen += 1
                guard var profile = expected[last] else {
                    unknown += 1
                    continue
                }
                let versions = Versions(definitions: Int(rows.int(row, 3)), calibration: Int(rows.int(row, 4)))
                if inForce[versions] == nil { inForce[versions] = try history.definitions(versions) }
                var fold = PersonFold(rules: rules, definitions: inForce[versions]!)
                profile.age(by: fold.definitions.model, rules)
                // Points that a model before this one has settled stay as it settled them.
                let isSettled = versions.definitions > 0 && !profile.points.isEmpty
                var state: [UInt8] = []
                profile.encode(into: &state)
                let isSame = state == rows.bytes(row, 1)
                if !isSame, !Self.isEqual(rows.bytes(row, 1), profile, butForPoints: isSettled) {
                    states += 1
                    if states <= show {
                        report.differences.append(
                            "state of \(String(decoding: last, as: UTF8.self)): "
                                + Self.parts(of: rows.bytes(row, 1), differingFrom: profile))
                    }
                }
                if !isSettled { page[last] = (profile, fold.definitions.model) }
                let evaluated = try fold.evaluated(last, state, at: rows.instant(row, 2))
                // Of segments that were in force before, only what is live is evaluated.
                if versions == history.stored.versions,
                    evaluated.segments != rows.integers(row, 5).filter(live.contains)
                {
                    columns["segments", default: 0] += 1
                }
                for name in evaluated.lane.differences(of: 0, from: rows, row, first: 6)
                where (isSame || !Self.referralColumns.contains(name)) && !(isSettled && name == "points_balance") {
                    columns[name, default: 0] += 1
                }
            }
            let different = try comparePoints(page, from: before, to: last)
            if different > 0 { columns["points", default: 0] += different }
        }
        report.profiles = seen
        let missing = expected.count - (seen - unknown)
        if missing != 0 { report.differences.append("\(missing) people of the log have no row") }
        if unknown != 0 { report.differences.append("\(unknown) rows are of nobody in the log") }
        if states != 0 { report.differences.append("\(states) states differ") }
        for (name, count) in columns.sorted(by: { $0.key < $1.key }) {
            report.differences.append("column \(name) differs in \(count) rows")
        }
    }

    private static let profiles = """
        SELECT customer_id, state, evaluated_at, definitions, calibration, segments,
            \(ProfileColumn.computed.map(\.name).joined(separator: ", "))
        FROM profile WHERE customer_id > $1::text ORDER BY customer_id LIMIT 5000
        """
    /// Beyond the horizon of referrals these depend on which partition was read first.
    private static let referralColumns: Set<String> = ["influence", "referred_revenue"]

    /// How many people of the page have a ledger that is not what their profile says.
    private func comparePoints(
        _ page: [[UInt8]: (profile: Profile, model: ScoringModel)], from first: [UInt8], to last: [UInt8]
    ) throws -> Int {
        let rows = try database.rows(
            "audit points",
            """
            SELECT customer_id, day - date '1970-01-01', rule, kind::text, earned, spent, refused FROM points
            WHERE customer_id > $1::text AND customer_id <= $2::text
            """, [.text(first), .text(last)])
        var stored: [[UInt8]: Set<String>] = [:]
        for row in 0..<rows.count {
            let line = (4...6).map { "\(rows.int(row, $0))" }.joined(separator: " ")
            stored[rows.bytes(row, 0), default: []].insert(
                "\(rows.int(row, 1)) \(rows.string(row, 2)) \(rows.string(row, 3)) \(line)")
        }
        return page.count { customer, person in
            let profile = person.profile
            let ledger = PointsLedger(profile, model: person.model, calendar: rules.calendar)
            let from = ledger.firstDay(of: profile, rules.calendar)
            let expected = ledger.rows.filter { Int($0.day) >= from }.map { row in
                "\(row.day) \(row.rule.name) \(row.kind.name) \(row.earned) \(row.spent) \(row.refused)"
            }
            let found = stored[customer, default: []].filter { line in
                Int(line.prefix { $0 != " " }).map { $0 >= from } ?? false
            }
            return found != Set(expected)
        }
    }

    /// Whether two states differ in nothing but points that another model has settled, and the referrals of somebody
    /// credited with more than the timeline keeps.
    ///
    /// What such a referral was worth when it left depends on whether the buyer's refund came before or after, and
    /// buyers are in other partitions: the horizon of the profile, where the contract promises nothing.
    private static func isEqual(_ state: [UInt8], _ expected: Profile, butForPoints: Bool) -> Bool {
        let butForReferrals = expected.departure(of: .referralConverted) != nil
        guard butForPoints || butForReferrals, let stored = try? Profile(decoding: state.span) else { return false }
        var sides: [[UInt8]] = []
        for profile in [stored, expected] {
            var profile = profile
            if butForReferrals { profile.forgetReferrals() }
            if butForPoints { profile.forgetPoints() }
            var bytes: [UInt8] = []
            profile.encode(into: &bytes)
            sides.append(bytes)
        }
        return sides[0] == sides[1]
    }

    /// Which parts of a stored state are not what they should be.
    private static func parts(of state: [UInt8], differingFrom expected: Profile) -> String {
        guard let stored = try? Profile(decoding: state.span) else { return "cannot be read" }
        var parts: [String] = []
        for entry in EventType.catalogue {
            let counts = (stored.range(of: entry.type).count, expected.range(of: entry.type).count)
            let same =
                counts.0 == counts.1
                && zip(stored.entries[stored.range(of: entry.type)], expected.entries[expected.range(of: entry.type)])
                    .allSatisfy { ($0.time, $0.hash, $0.amount, $0.flags) == ($1.time, $1.hash, $1.amount, $1.flags) }
            if !same { parts.append("\(entry.type.name) \(counts.0) for \(counts.1)") }
        }
        if stored.departed != expected.departed { parts.append("departed") }
        if stored.dayTable != expected.dayTable { parts.append("day table") }
        if stored.departedPurchases != expected.departedPurchases { parts.append("purchase days") }
        if stored.orders.count != expected.orders.count { parts.append("orders") }
        if stored.retractions != expected.retractions { parts.append("retractions") }
        if stored.newest != expected.newest { parts.append("newest") }
        if stored.registers.count != expected.registers.count { parts.append("registers") }
        if stored.points != expected.points { parts.append("points") }
        return parts.isEmpty ? "strings or registers" : parts.joined(separator: ", ")
    }

    func compareRejections(_ expected: [Rejection.Code: Int], _ report: inout AuditReport) throws {
        let rows = try database.rows(
            "audit rejections", "SELECT reason, count(*) FROM rejection WHERE topic = $1::text GROUP BY reason",
            [.string(topic)])
        var stored: [String: Int] = [:]
        for row in 0..<rows.count { stored[rows.string(row, 0)] = Int(rows.int(row, 1)) }
        for code in Rejection.Code.allCases where stored[code.rawValue, default: 0] != expected[code, default: 0] {
            report.differences.append(
                "rejections \(code.rawValue): \(stored[code.rawValue, default: 0]) stored, "
                    + "\(expected[code, default: 0]) in the log")
        }
    }

    /// The fold of the transition log is the present, and no step is missing or double.
    func checkTransitions(_ report: inout AuditReport) throws {
        let rows = try database.rows("audit transitions", Self.transitions)
        for (name, count) in [
            ("do not begin where the one before ended", rows.int(0, 0)),
            ("are earlier than the one before", rows.int(0, 1)),
            ("end elsewhere than the row stands", rows.int(0, 2)),
        ] where count != 0 {
            report.differences.append("\(count) transitions \(name)")
        }
    }

    private static let transitions = """
        WITH beginning (dimension, value) AS (
            VALUES ('level', 'visitor'), ('connection', 'weak'), ('lifecycle', 'stranger'), ('tier', 'none')
        ), step AS (
            SELECT customer_id, dimension, "to", effective_at,
                coalesce("from", value) AS "from", coalesce(lag("to") OVER log, value) AS before,
                lag(effective_at) OVER log AS earlier, lead("to") OVER log AS later
            FROM transition JOIN beginning USING (dimension)
            WINDOW log AS (PARTITION BY customer_id, dimension ORDER BY id)
        ), present AS (
            SELECT customer_id, dimension, value FROM profile CROSS JOIN LATERAL (VALUES
                ('level', level::text), ('connection', connection::text), ('lifecycle', lifecycle::text),
                ('tier', tier::text)
            ) AS d (dimension, value)
        )
        SELECT
            (SELECT count(*) FROM step WHERE before <> "from" OR "from" = "to"),
            (SELECT count(*) FROM step WHERE earlier > effective_at),
            (SELECT count(*) FROM present p JOIN beginning b USING (dimension) LEFT JOIN step s
                ON s.customer_id = p.customer_id AND s.dimension = p.dimension AND s.later IS NULL
                WHERE coalesce(s."to", b.value) <> p.value)
        """
}

extension Audit {
    /// The members of each segment are those of whom the rows say so, and its log leads to them.
    func checkMemberships(_ report: inout AuditReport) throws {
        let rows = try database.rows("audit memberships", Self.memberships)
        for (what, count) in [
            ("members are not in a segment by their row", rows.int(0, 0)),
            ("people in a segment by their row are not among its members", rows.int(0, 1)),
            ("steps into or out of a segment do not follow from the one before", rows.int(0, 2)),
            ("memberships are not where their log leads", rows.int(0, 3)),
        ] where count != 0 {
            report.differences.append("\(count) \(what)")
        }
    }

    private static let memberships = """
        WITH step AS (
            SELECT customer_id, coalesce("from", "to") AS segment, "to" IS NOT NULL AS comes,
                lag("to" IS NOT NULL) OVER log AS came, lead(id) OVER log IS NULL AS is_last
            FROM transition WHERE dimension = 'segment'
            WINDOW log AS (PARTITION BY customer_id, coalesce("from", "to") ORDER BY id)
        )
        SELECT
            (SELECT count(*) FROM segment s JOIN segment_member m USING (revision)
                LEFT JOIN profile p USING (customer_id)
                WHERE s.state <> 'retired' AND NOT coalesce(m.revision = ANY (p.segments), false)),
            (SELECT count(*) FROM profile p CROSS JOIN LATERAL unnest(p.segments) AS r (revision)
                JOIN segment s ON s.revision = r.revision AND s.state <> 'retired'
                LEFT JOIN segment_member m ON m.revision = r.revision AND m.customer_id = p.customer_id
                WHERE m.revision IS NULL),
            (SELECT count(*) FROM step WHERE comes = coalesce(came, false)),
            (SELECT count(*) FROM (SELECT customer_id, segment FROM step WHERE is_last AND comes) l
                FULL JOIN membership m USING (customer_id, segment)
                WHERE l.customer_id IS NULL OR m.customer_id IS NULL)
        """
}

extension PersonFold {
    /// The row that a stored state comes to at an instant, and the segments the person is in then.
    fileprivate mutating func evaluated(
        _ customer: [UInt8], _ state: [UInt8], at instant: Int64
    ) throws -> (lane: Changeset.Lane, segments: [Int32]) {
        // Of the standing only the instant matters here.
        let standing = Standing(
            level: .visitor, connection: .weak, lifecycle: .stranger, tier: .none, levelSince: instant,
            connectionSince: instant, lifecycleSince: instant, tierSince: instant, evaluatedAt: instant,
            reviewAt: instant, versions: definitions.versions)
        var lane = Changeset.Lane()
        let stored = StoredProfile(customer: customer, version: 1, state: state, standing: standing)
        _ = try review(stored, now: instant, into: &lane)
        return (lane, lane.profiles[0].standing.segments)
    }
}
