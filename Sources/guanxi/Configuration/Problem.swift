/// Where a value comes from.
enum Place: Equatable, Sendable, CustomStringConvertible {
    case file(path: String, line: Int, column: Int)
    case variable(String)
    case flag(String)
    /// The file as a whole.
    case document(String)

    var description: String {
        switch self {
        case .file(let path, let line, let column): "\(path):\(line):\(column)"
        case .variable(let name): "variable \(name)"
        case .flag(let name): "flag \(name)"
        case .document(let path): path
        }
    }
}

/// One mistake in the configuration, on one line: which key, where it stands, what was found and what is accepted.
struct Problem: Equatable, Sendable, CustomStringConvertible {
    /// Empty when the file as a whole is the problem.
    let key: String
    let place: Place
    /// What was found; nil when the value does not matter or is secret.
    let value: String?
    /// What is wrong and what is accepted.
    let message: String

    init(_ key: String, _ place: Place, value: String? = nil, _ message: String) {
        self.key = key
        self.place = place
        self.value = value
        self.message = message
    }

    var description: String {
        let subject = [key, value.map { "= \(Self.quoted($0))" }].compactMap(\.self).filter { !$0.isEmpty }
        let head = subject.isEmpty ? "\(place)" : "\(place): \(subject.joined(separator: " "))"
        return "\(head): \(Self.oneLine(message))"
    }

    /// At most 80 characters of `text`, control characters made visible.
    static func quoted(_ text: String) -> String {
        "\"\(oneLine(String(text.prefix(80))))\(text.count > 80 ? "…" : "")\""
    }

    static func oneLine(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.value < 0x20 || scalar.value == 0x7f {
                line += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }
}

/// Everything that is wrong with the configuration, at once. Exit code 2.
struct ConfigurationError: Error, CustomStringConvertible {
    let problems: [Problem]

    var description: String {
        let heading = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return (["the configuration has \(heading):"] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
