/// Reads settings from the command line: `--set section.name=value`, and the few that have a flag of their own.
struct FlagSource {
    private(set) var given: [Given] = []
    private(set) var problems: [Problem] = []

    /// - Parameters:
    ///   - assignments: what follows each `--set`.
    ///   - named: flag, setting and value of the flags that stand for one setting.
    init(assignments: [String], named: [(flag: String, key: String, text: String)], names: Names) {
        for assignment in assignments {
            guard let sign = assignment.firstIndex(of: "="), sign != assignment.startIndex else {
                // The value may be a secret written in the wrong form, so it is not repeated.
                problems.append(Problem("", .flag("--set"), "not of the form section.name=value"))
                continue
            }
            let name = assignment[..<sign].trimmed
            let text = String(assignment[assignment.index(after: sign)...])
            guard let setting = names.setting(name) else {
                problems.append(Problem(name, .flag("--set \(name)"), names.unknown(name)))
                continue
            }
            guard !text.isEmpty else {
                problems.append(Problem(name, .flag("--set \(name)"), "no value after the equals sign"))
                continue
            }
            given.append(Given(setting.key, text, .flag("--set \(name)"), isFile: setting.isFile))
        }
        for (flag, key, text) in named { given.append(Given(key, text, .flag(flag))) }
    }
}
