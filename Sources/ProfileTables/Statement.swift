/// The named statements of the module, each in a file of its own under `SQL`.
enum Statement {
    static let foundation = text(PackageResources.migration_001_sql)
    static let roles = text(PackageResources.roles_sql)
    static let stage = text(PackageResources.stage_sql)
    static let fence = text(PackageResources.fence_sql)
    static let upsert = text(PackageResources.upsert_sql)
    static let conflicts = text(PackageResources.conflicts_sql)
    static let erase = text(PackageResources.erase_sql)
    static let load = text(PackageResources.load_sql)
    static let loadAlias = text(PackageResources.load_alias_sql)
    static let due = text(PackageResources.due_sql)
    static let identities = text(PackageResources.identities_sql)

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
