/// The named statements of the module, each in a file of its own under `SQL`.
enum Statement {
    static let foundation = text(PackageResources.migration_001_sql)
    static let roles = text(PackageResources.roles_sql)
    static let scores = text(PackageResources.migration_002_sql)
    static let stage = text(PackageResources.stage_sql)
        .replacing(
            "PROFILE_COLUMNS", with: ProfileColumn.all.map { "\($0.name) \($0.type)" }.joined(separator: ", "))
    static let fence = text(PackageResources.fence_sql)
    /// A fold only ever lowers `review_at`; a review, which has no slices, sets it.
    static let upsert = upsert(reviewAt: "least(p.review_at, excluded.review_at)")
    static let upsertReviews = upsert(reviewAt: "excluded.review_at")
    static let points = text(PackageResources.points_sql)
    static let conflicts = text(PackageResources.conflicts_sql)
    static let erase = text(PackageResources.erase_sql)
    static let load = text(PackageResources.load_sql)
    static let loadAlias = text(PackageResources.load_alias_sql)
    static let due = text(PackageResources.due_sql)
    static let identities = text(PackageResources.identities_sql)

    static func stale(part: Int) -> String {
        text(PackageResources.stale_sql).replacing("PARTITION", with: "profile_\(part)")
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
