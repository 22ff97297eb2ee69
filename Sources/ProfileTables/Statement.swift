/// The named statements of the module, each in a file of its own under `SQL`.
enum Statement {
    static let foundation = text(PackageResources.migration_001_sql)
    static let roles = text(PackageResources.roles_sql)
    static let scores = text(PackageResources.migration_002_sql)
    static let segments = text(PackageResources.migration_003_sql)
    static let cheaperCommits = text(PackageResources.migration_004_sql)
    static let groupedTransitions = text(PackageResources.migration_005_sql)
    static let namesOnce = text(PackageResources.migration_006_sql)
    static let versionsOfErasures = text(PackageResources.migration_007_sql)
    static let stage = text(PackageResources.stage_sql)
        .replacing(
            "PROFILE_COLUMNS", with: ProfileColumn.all.map { "\($0.name) \($0.type)" }.joined(separator: ", "))
    static let fence = text(PackageResources.fence_sql)
    /// A fold only ever lowers `review_at`; a review, which has no slices, sets it.
    static let upsert = upsert(reviewAt: "least(p.review_at, excluded.review_at)")
    static let upsertReviews = upsert(reviewAt: "excluded.review_at")
    static let points = text(PackageResources.points_sql)
    static let emptyPoints = text(PackageResources.empty_points_sql)
    static let forgetPoints = text(PackageResources.forget_points_sql)
    static let leave = text(PackageResources.leave_sql)
    static let enterPrepared = text(PackageResources.enter_prepared_sql)
    static let activate = text(PackageResources.activate_sql)
    static let elsewhere = text(PackageResources.elsewhere_sql)
    static let conflicts = text(PackageResources.conflicts_sql)
    static let erase = text(PackageResources.erase_sql)
    static let newcomers = text(PackageResources.newcomers_sql)
    static let load = selecting(PackageResources.load_sql)
    /// In order of names, which is the order everybody takes rows in.
    static let loadHeld = load + " ORDER BY k.customer_id COLLATE \"C\" FOR UPDATE OF p"
    static let loadAlias = selecting(PackageResources.load_alias_sql)
    static let due = selecting(PackageResources.due_sql)

    static func look(part: Int) -> String {
        text(PackageResources.look_sql).replacing("PARTITION", with: "profile_\(part)")
    }

    static func stale(part: Int) -> String {
        selecting(PackageResources.stale_sql).replacing("PARTITION", with: "profile_\(part)")
    }

    /// A number, then the columns of profile `p` that a `StoredProfile` is read from.
    private static func selecting(_ bytes: [UInt8]) -> String {
        text(bytes).replacing(
            "STORED_PROFILE",
            with: """
                p.customer_id, p.version, p.state, p.level::text, p.connection::text, p.lifecycle::text, p.tier::text,
                p.level_since, p.connection_since, p.lifecycle_since, p.tier_since, p.evaluated_at, p.review_at,
                p.definitions, p.calibration, p.segments
                """)
    }

    private static func upsert(reviewAt: String) -> String {
        let names = ProfileColumn.all.map(\.name).filter { $0 != "customer_id" && $0 != "version" }
        let assignments = names.map { "\($0) = " + ($0 == "review_at" ? reviewAt : "excluded.\($0)") }
        return text(PackageResources.upsert_sql)
            .replacing("OTHER_COLUMNS", with: names.joined(separator: ", "))
            .replacing("ASSIGNMENTS", with: assignments.joined(separator: ", "))
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

extension String {
    fileprivate func replacing(_ word: String, with other: String) -> String {
        split(separator: word, omittingEmptySubsequences: false).joined(separator: other)
    }
}
