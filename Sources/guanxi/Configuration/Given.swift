/// A value somebody gave: not yet checked.
struct Given: Equatable, Sendable {
    /// The setting's name without `_file`.
    let key: String
    let text: String
    let place: Place
    /// Whether `text` is the path of a file that holds the value.
    let isFile: Bool

    init(_ key: String, _ text: String, _ place: Place, isFile: Bool = false) {
        self.key = key
        self.text = text
        self.place = place
        self.isFile = isFile
    }
}

/// Which names there are.
struct Names: Sendable {
    /// Settings under this go to librdkafka as they are.
    static let client = "kafka.client."
    private static let fileSuffix = "_file"

    let entries: [String: SettingEntry]
    let keys: [String]
    /// `kafka`, `kafka.client`, `batch`, …: what has settings below it.
    let sections: Set<String>

    init(_ entries: [SettingEntry]) {
        self.entries = Dictionary(uniqueKeysWithValues: entries.map { ($0.key, $0) })
        keys = entries.map(\.key)
        sections = Set(keys.map { String($0[..<$0.firstIndex(of: ".")!]) } + ["kafka.client"])
    }

    /// The setting that `name` gives, itself or by a file; nil when there is none.
    func setting(_ name: String) -> (key: String, isFile: Bool)? {
        if entries[name] != nil { return (name, false) }
        let isFile = name.hasSuffix(Self.fileSuffix)
        let key = isFile ? String(name.dropLast(Self.fileSuffix.count)) : name
        if key.hasPrefix(Self.client), key.utf8.count > Self.client.utf8.count { return (key, isFile) }
        return isFile && entries[key] != nil ? (key, true) : nil
    }

    /// The end of an error about a name that is not a setting.
    func unknown(_ name: String) -> String {
        guard let nearest = NearestName.of(name, among: keys) else {
            return "unknown setting; `guanxi configuration` lists all"
        }
        return "unknown setting; did you mean \(nearest)?"
    }
}
