import Yams

/// A definition document being read: the tree of its nodes, and every mistake with its line and column.
protocol YAMLDocument {
    /// For messages.
    var path: String { get }
    var problems: [Problem] { get set }
}

extension YAMLDocument {
    /// The root of the text, nil with a problem. Anchors are refused: what they stand for can grow without end.
    mutating func compose(_ text: String) -> Node? {
        guard text.utf8.count <= 1 << 20 else {
            problems.append(Problem("", .document(path), "longer than 1 MiB; a document takes a few KiB"))
            return nil
        }
        do {
            let parser = try Parser(yaml: text)
            guard let root = try parser.singleRoot() else {
                problems.append(Problem("", .document(path), "is empty"))
                return nil
            }
            // Nodes know their anchors as long as the parser lives.
            if let anchor = withExtendedLifetime(parser, { firstAnchor(root) }) {
                problems.append(Problem("", place(anchor), "anchors and aliases are not accepted: write it out"))
                return nil
            }
            return root
        } catch {
            problems.append(Problem("", Self.place(of: error, path), "not YAML: \(Self.reason(error))"))
            return nil
        }
    }

    /// In the order of the text an anchor stands before what repeats it, so the search ends before it can explode.
    private func firstAnchor(_ node: Node) -> Node? {
        switch node {
        case .scalar(let scalar): return scalar.anchor == nil ? nil : node
        case .alias: return node
        case .sequence(let sequence):
            if sequence.anchor != nil { return node }
            for child in sequence { if let found = firstAnchor(child) { return found } }
        case .mapping(let mapping):
            if mapping.anchor != nil { return node }
            for (key, value) in mapping {
                if let found = firstAnchor(key) ?? firstAnchor(value) { return found }
            }
        }
        return nil
    }

    /// Calls `body` for each pair whose name is accepted; the others are problems.
    mutating func each(
        _ mapping: Node.Mapping, _ prefix: String, accepted: [String], _ body: (inout Self, String, Node) -> Void
    ) {
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                problems.append(Problem(prefix, place(key), "a name must be text"))
                continue
            }
            let name = scalar.string
            if accepted.contains(name) {
                body(&self, name, value)
            } else {
                let nearest = NearestName.of(name, among: accepted).map { "did you mean \($0)?" }
                problems.append(
                    Problem(
                        prefix + name, place(key),
                        "unknown name; " + (nearest ?? "accepted: \(accepted.joined(separator: ", "))")))
            }
        }
    }

    // MARK: - Values

    mutating func number(_ key: String, _ node: Node, _ range: ClosedRange<Double>) -> Double? {
        guard let text = scalar(node), let value = Double(text), value.isFinite, range.contains(value),
            text.allSatisfy({ $0.isASCII && ($0.isNumber || ".-+eE".contains($0)) })
        else {
            refuse(key, node, "accepted: a number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func integer(_ key: String, _ node: Node, _ range: ClosedRange<Int>) -> Int? {
        guard let text = scalar(node), let value = Int(text), range.contains(value) else {
            refuse(key, node, "accepted: a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }

    mutating func refuse(_ key: String, _ node: Node, _ message: String) {
        problems.append(Problem(key, place(node), value: scalar(node), message))
    }

    func scalar(_ node: Node) -> String? {
        if case .scalar(let scalar) = node { scalar.string } else { nil }
    }

    func place(_ node: Node) -> Place {
        node.mark.map { .file(path: path, line: $0.line, column: $0.column) } ?? .document(path)
    }

    private static func place(of error: any Error, _ path: String) -> Place {
        switch error {
        case YamlError.scanner(_, _, let mark, _), YamlError.parser(_, _, let mark, _),
            YamlError.composer(_, _, let mark, _):
            .file(path: path, line: mark.line, column: mark.column)
        case YamlError.duplicatedKeysInMapping(_, let context):
            .file(path: path, line: context.mark.line, column: context.mark.column)
        default: .document(path)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case YamlError.scanner(_, let problem, _, _), YamlError.parser(_, let problem, _, _),
            YamlError.composer(_, let problem, _, _):
            problem
        case YamlError.duplicatedKeysInMapping(let keys, _): "\(keys.joined(separator: ", ")) given more than once"
        default: "\(error)"
        }
    }
}

/// Everything that is wrong with a document, at once. Exit code 2.
struct DocumentError: Error, CustomStringConvertible {
    let what: String
    let problems: [Problem]

    var description: String {
        let heading = problems.count == 1 ? "1 problem" : "\(problems.count) problems"
        return (["the \(what) has \(heading):"] + problems.map { "  \($0)" }).joined(separator: "\n")
    }
}
