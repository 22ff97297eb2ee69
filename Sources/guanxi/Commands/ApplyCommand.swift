import ArgumentParser
import Foundation
import Ingest
import Postgres
import ProfileTables
import Profiles
import Scoring
import Segments

/// Puts a scoring model or segments into force.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Put a scoring model or segments (YAML) into force for all workers.",
        discussion: """
            Checks the whole document first: with any mistake nothing changes and what is in force stays. A document \
            of segments holds all there are to be: one that is left out is removed, and its members leave. Workers \
            take it over within a second, with no restart: whoever has an event is evaluated with it at once, \
            everybody else in the background. A segment whose condition has changed is seen as it was until \
            everybody was evaluated with the new one, and then changes in one step; one that means what it meant is \
            not touched. guanxi definitions shows how far it is.
            """)

    @Argument(help: "The document.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "Check the document and change nothing.")
    var check = false

    @Flag(help: "Return when everybody was evaluated with it.")
    var wait = false

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        let text = try DefinitionFile.text(file)
        let document = try DefinitionDocument.read(text, path: file, configuration.rules)
        if check { return StandardOutput.line("\(file) is \(document.what); nothing was changed") }
        let database = try Database(configuration, purpose: "apply")
        switch document {
        case .model(let model):
            let version = try database.apply(model, text: text)
            StandardOutput.line(
                "version \(version) is in force: people are evaluated with the scoring model from now on")
        case .segments(let segments):
            let applied = try database.apply(segments, text: text)
            guard let plan = applied.plan else {
                return StandardOutput.line("version \(applied.version) is this document: nothing was changed")
            }
            StandardOutput.line(summary(applied.version, plan))
        }
        if wait { try database.waitForEverybody() }
    }

    private func summary(_ version: Int, _ plan: RevisionPlan) -> String {
        let kept = plan.kept.count { $0.state == .current }
        var lines = ["version \(version) is in force: \(kept) segments are as they were"]
        func tell(_ what: String, _ ids: [String]) {
            if !ids.isEmpty { lines.append("\(what): \(ids.sorted().joined(separator: " "))") }
        }
        let isNew = { (replaces: Int32?) in replaces == nil }
        tell("new, seen once everybody was evaluated", plan.prepared.filter { isNew($0.replaces) }.map(\.id))
        tell(
            "changed, seen as before until everybody was evaluated",
            plan.prepared.filter { !isNew($0.replaces) }.map(\.id))
        tell("being prepared already", plan.kept.filter { $0.state == .preparing }.map(\.id))
        tell("removed, everybody has left", plan.removed.map(\.id))
        return lines.joined(separator: "\n")
    }
}

/// A document of either kind, told by what it says first.
enum DefinitionDocument {
    case model(ScoringModel)
    case segments(SegmentDocument)

    static func read(_ text: String, path: String, _ rules: FoldRules) throws -> DefinitionDocument {
        do throws(DocumentError) {
            if SegmentDocument.isMeant(by: text) { return .segments(try SegmentDocument.read(text, path: path, rules)) }
            return .model(try ModelDocument.read(text, path: path))
        } catch {
            throw Failure(.misused, "\(error)")
        }
    }

    var what: String {
        switch self {
        case .model: "a scoring model"
        case .segments(let document): "a document of \(document.segments.count) segments"
        }
    }
}

extension Database {
    /// Shows how many people workers have evaluated with what is in force, until it is everybody.
    fileprivate func waitForEverybody() throws {
        var progress = ProgressLine()
        while true {
            let rows = try rows(
                "backfill",
                """
                SELECT count(*) FILTER (WHERE done), count(*), sum(people)::bigint,
                    (SELECT count(*) FROM segment WHERE state = 'preparing')
                FROM backfill
                """)
            if rows.int(0, 0) == rows.int(0, 1), rows.int(0, 3) == 0 { break }
            progress.update(Int(rows.int(0, 2)), of: nil, "people (\(rows.int(0, 0)) of \(rows.int(0, 1)) parts)")
            Thread.sleep(forTimeInterval: 0.2)
        }
        progress.end()
        StandardOutput.line("everybody was evaluated with it in \(Written.decimal(progress.seconds, places: 1)) s")
    }
}
