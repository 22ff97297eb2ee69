import ArgumentParser
import Foundation
import Segments

/// What one document of segments says otherwise than another.
struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Compare two documents of segments: versions that were applied, or files.",
        discussion: """
            By segment, in the one way they are formatted: what differs only in layout is equal. With one argument it \
            is compared with the segments in force. Exit code 1 when anything differs.
            """)

    @Argument(help: ArgumentHelp("A version, or a file.", valueName: "before"))
    var first: String

    @Argument(
        help: ArgumentHelp("A version, or a file; then `before` is what this is compared with.", valueName: "after"))
    var second: String?

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        let after = try document(second ?? first, configuration)
        let before = try second == nil ? inForce(configuration) : document(first, configuration)
        let lines = SegmentDifference(from: before, to: after).lines
        if lines.isEmpty { return StandardOutput.line("no segment differs") }
        StandardOutput.line(lines.joined(separator: "\n"))
        throw ExitCode(ExitStatus.failed.rawValue)
    }

    private func inForce(_ configuration: Configuration) throws -> SegmentDocument? {
        let database = try Database(configuration, purpose: "diff")
        return try DefinitionHistory(database, configuration.definitionReader).segments()
    }

    /// - Returns: nil where no segments had been applied up to the version.
    private func document(_ name: String, _ configuration: Configuration) throws -> SegmentDocument? {
        guard let version = Int64(name) else { return try SegmentDocument.read(name, configuration) }
        let database = try Database(configuration, purpose: "diff")
        let rows = try database.rows(
            "document",
            """
            SELECT version, segments, (SELECT max(version) FROM definition) FROM definition
            WHERE segments IS NOT NULL AND version <= $1::bigint ORDER BY version DESC LIMIT 1
            """, [.int(version)])
        if rows.count == 0 { return nil }
        if version > rows.int(0, 2) {
            throw Failure(.misused, "there is no version \(version); the newest is \(rows.int(0, 2))")
        }
        do throws(DocumentError) {
            return try SegmentDocument.read(
                rows.string(0, 1), path: "definition \(rows.int(0, 0))", configuration.rules)
        } catch {
            throw Failure(.failed, "\(error)")
        }
    }
}

/// Segments that one document has and another has not, or has otherwise.
struct SegmentDifference {
    private(set) var lines: [String] = []

    /// - Parameters: nil is a document without segments.
    init(from before: SegmentDocument?, to after: SegmentDocument?) {
        let (old, new) = (Self.texts(before), Self.texts(after))
        for id in Set(old.keys).union(new.keys).sorted() where old[id] != new[id] {
            let mark = old[id] == nil ? "new" : new[id] == nil ? "removed" : "changed"
            lines.append("\(id): \(mark)")
            let difference = (new[id] ?? []).difference(from: old[id] ?? [])
            let gone = difference.removals.map { "  - \(Self.text($0))" }
            let come = difference.insertions.map { "  + \(Self.text($0))" }
            lines += gone + come
        }
    }

    private static func text(_ change: CollectionDifference<String>.Change) -> String {
        switch change {
        case .insert(_, let element, _), .remove(_, let element, _): element
        }
    }

    private static func texts(_ document: SegmentDocument?) -> [String: [String]] {
        guard let document else { return [:] }
        let writer = SegmentWriter(canonical: document)
        return Dictionary(
            uniqueKeysWithValues: document.segments.map { ($0.id, ["name: \($0.name)"] + writer.lines($0.condition)) })
    }
}
