/// Reads settings from environment variables: `GUANXI_SECTION_NAME`, `…_FILE`, and the shorthands `KAFKA` and
/// `POSTGRES`. An empty variable counts as absent.
struct EnvironmentSource {
    /// Names the configuration file; not a setting.
    static let file = "GUANXI_CONFIG"
    /// Weaker than the long names.
    static let shorthands = ["KAFKA": "kafka.brokers", "POSTGRES": "postgres.url"]
    private static let clientPrefix = SettingEntry.variable(Names.client)

    private(set) var given: [Given] = []
    private(set) var problems: [Problem] = []

    init(_ environment: [String: String], names: Names) {
        var settings: [String: (key: String, isFile: Bool)] = [:]
        for key in names.keys {
            settings[SettingEntry.variable(key)] = (key, false)
            settings[SettingEntry.variable(key) + "_FILE"] = (key, true)
        }
        let present = environment.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        for (name, text) in present {
            guard let key = Self.shorthands[name] else { continue }
            let long = SettingEntry.variable(key)
            if !present.contains(where: { $0.key == long || $0.key == long + "_FILE" }) {
                given.append(Given(key, text, .variable(name)))
            }
        }
        for (name, text) in present where name.hasPrefix(SettingEntry.variablePrefix) && name != Self.file {
            if let setting = settings[name] {
                given.append(Given(setting.key, text, .variable(name), isFile: setting.isFile))
            } else if name.hasPrefix(Self.clientPrefix), name.utf8.count > Self.clientPrefix.utf8.count {
                let isFile = name.hasSuffix("_FILE")
                let property = name.dropFirst(Self.clientPrefix.count).dropLast(isFile ? 5 : 0)
                let key = Names.client + property.lowercased().replacing("_", with: ".")
                given.append(Given(key, text, .variable(name), isFile: isFile))
            } else if !Self.isServiceLink(name, text) {
                let nearest = NearestName.of(name, among: settings.keys.sorted(), separator: "_")
                problems.append(
                    Problem(
                        name, .variable(name),
                        nearest.map { "unknown setting; did you mean \($0)?" }
                            ?? "unknown setting; `guanxi configuration` lists all"))
            }
        }
    }

    /// Kubernetes sets such variables in every pod beside a service called `guanxi`; nobody meant them for us.
    private static func isServiceLink(_ name: String, _ text: String) -> Bool {
        name.hasPrefix("GUANXI_SERVICE_HOST") || name.hasPrefix("GUANXI_SERVICE_PORT")
            || (name.hasPrefix("GUANXI_PORT") && (name.contains("_TCP") || text.hasPrefix("tcp://")))
    }
}
