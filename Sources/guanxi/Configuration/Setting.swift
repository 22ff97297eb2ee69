/// One setting, declared once: its name, how it is read, and what people need to know about it.
struct Setting<Value: Sendable>: Sendable {
    let entry: SettingEntry

    init(
        _ key: String, _ kind: Kind<Value>, standard: String?, scope: SettingEntry.Scope = .process,
        isSecret: Bool = false, _ meaning: String, change: String
    ) {
        entry = SettingEntry(
            key: key, kind: kind.name, accepts: kind.accepts, isList: kind.isList, standard: standard, scope: scope,
            isSecret: isSecret, meaning: meaning, change: change, read: { kind.read($0) })
    }
}

/// A setting without its type: what lists, sources and the documentation page need.
struct SettingEntry: Sendable {
    /// Who must agree on the value.
    enum Scope: Sendable {
        /// Each process may have its own.
        case process
        /// Stored by `migrate`; a worker with another value refuses to start.
        case cluster
    }

    /// `section.name`.
    let key: String
    let kind: String
    let accepts: String
    let isList: Bool
    /// As it would be written; nil when there is none.
    let standard: String?
    let scope: Scope
    /// Whether the value is kept out of errors and logs.
    let isSecret: Bool
    /// What it is.
    let meaning: String
    /// When to change it.
    let change: String
    let read: @Sendable (String) -> (any Sendable)?

    /// `GUANXI_SECTION_NAME`.
    var variable: String { Self.variable(key) }

    static let variablePrefix = "GUANXI_"
    static func variable(_ key: String) -> String {
        variablePrefix + key.uppercased().replacing(".", with: "_")
    }
}
