import Yams

/// Reads settings from a YAML document: sections as mappings, or names with dots.
struct YAMLSource {
    let path: String
    let names: Names
    private(set) var given: [Given] = []
    private(set) var problems: [Problem] = []

    /// - Parameter path: for messages.
    init(_ text: String, path: String, names: Names) {
        self.path = path
        self.names = names
        guard let root = compose(text) else { return }
        guard case .mapping(let mapping) = root else {
            if root.isEmptyScalar { return }
            problems.append(Problem("", place(root), "the document must be a mapping of sections, such as kafka:"))
            return
        }
        walk(mapping, under: "")
    }

    /// The document's tree. A key given twice is noted and the tree made without its repetition, so that one mistake
    /// does not hide the others.
    private mutating func compose(_ text: String) -> Node? {
        var text = text
        while true {
            do {
                return try Yams.compose(yaml: text)
            } catch YamlError.duplicatedKeysInMapping(let duplicates, let context) {
                guard let (line, renamed) = Self.rename(repeated: duplicates, in: text, from: context.mark) else {
                    problems.append(
                        Problem(duplicates.first ?? "", place(context.mark), "given more than once in one section"))
                    return nil
                }
                problems.append(
                    Problem(
                        duplicates[0], .file(path: path, line: line, column: context.mark.column),
                        "given more than once in one section; keep one of them"))
                text = renamed
            } catch YamlError.scanner(_, let problem, let mark, _) {
                problems.append(Problem("", place(mark), "not YAML: \(problem)"))
                return nil
            } catch YamlError.parser(_, let problem, let mark, _) {
                problems.append(Problem("", place(mark), "not YAML: \(problem)"))
                return nil
            } catch YamlError.composer(_, let problem, let mark, _) {
                problems.append(Problem("", place(mark), "not YAML: \(problem)"))
                return nil
            } catch {
                problems.append(Problem("", .document(path), "not YAML: \(error)"))
                return nil
            }
        }
    }

    /// What a repeated key is called while the rest of the document is read.
    private static let repetition = "guanxi-repetition-"

    /// Gives the last key of the block mapping around `mark` that repeats another a name of its own.
    ///
    /// The parser tells only where the first one stands; the repetition is on a later line with the same indentation.
    private static func rename(repeated: [String], in text: String, from mark: Mark) -> (line: Int, String)? {
        guard let key = repeated.first else { return nil }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let indentation = String(repeating: " ", count: mark.column - 1)
        for index in lines.indices.dropFirst(mark.line) {
            for written in [key, "\"\(key)\"", "'\(key)'"] where lines[index].hasPrefix("\(indentation)\(written):") {
                lines[index].replaceSubrange(
                    ..<lines[index].index(lines[index].startIndex, offsetBy: indentation.count + written.count),
                    with: "\(indentation)\(repetition)\(index)")
                return (index + 1, lines.joined(separator: "\n"))
            }
        }
        return nil
    }

    private func place(_ mark: Mark?) -> Place {
        mark.map { .file(path: path, line: $0.line, column: $0.column) } ?? .document(path)
    }
    private func place(_ node: Node) -> Place { place(node.mark) }

    private mutating func walk(_ mapping: Node.Mapping, under prefix: String) {
        for (keyNode, value) in mapping {
            guard case .scalar(let scalar) = keyNode, !scalar.string.isEmpty else {
                problems.append(Problem(prefix, place(keyNode), "a name must be text"))
                continue
            }
            if scalar.string.hasPrefix(Self.repetition) { continue }
            let key = prefix.isEmpty ? scalar.string : "\(prefix).\(scalar.string)"
            let isClient = key.hasPrefix(Names.client)
            let setting = names.setting(key)
            if case .mapping(let inner) = value {
                if isClient || names.sections.contains(key) {
                    walk(inner, under: key)
                } else if setting != nil {
                    problems.append(
                        Problem(key, place(keyNode), "a section where one value is accepted: \(accepts(key))"))
                } else {
                    problems.append(Problem(key, place(keyNode), unknownSection(key)))
                }
                continue
            }
            guard let setting else {
                if names.sections.contains(key) {
                    if value.isEmptyScalar { continue }
                    let below = names.keys.filter { $0.hasPrefix("\(key).") }
                    problems.append(
                        Problem(
                            key, place(keyNode), "a section, not a value; below it: \(below.joined(separator: ", "))"))
                } else {
                    problems.append(Problem(key, place(keyNode), names.unknown(key)))
                }
                continue
            }
            read(value, key: setting.key, isFile: setting.isFile)
        }
    }

    private mutating func read(_ value: Node, key: String, isFile: Bool) {
        switch value {
        case .scalar(let scalar):
            if value.isEmptyScalar {
                problems.append(Problem(key, place(value), "no value; give one or remove the line"))
            } else {
                given.append(Given(key, scalar.string, place(value), isFile: isFile))
            }
        case .sequence(let sequence):
            guard names.entries[key]?.isList == true, !isFile else {
                problems.append(Problem(key, place(value), "a list where one value is accepted: \(accepts(key))"))
                return
            }
            let items = sequence.compactMap { if case .scalar(let scalar) = $0 { scalar.string } else { nil } }
            guard items.count == sequence.count, !items.isEmpty else {
                problems.append(Problem(key, place(value), "a list of \(accepts(key))"))
                return
            }
            given.append(Given(key, items.joined(separator: ","), place(value)))
        case .mapping, .alias:
            problems.append(Problem(key, place(value), "not a value: \(accepts(key))"))
        }
    }

    private func accepts(_ key: String) -> String { names.entries[key]?.accepts ?? "text" }

    private func unknownSection(_ key: String) -> String {
        let nearest = NearestName.of(key, among: names.sections.sorted()) ?? NearestName.of(key, among: names.keys)
        return nearest.map { "unknown section; did you mean \($0)?" }
            ?? "unknown section; sections are \(names.sections.sorted().joined(separator: ", "))"
    }
}

extension Node {
    /// Nothing after the colon, `~` or `null`.
    fileprivate var isEmptyScalar: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }
}
