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
        case .model(let model): try apply(text, model, database)
        case .segments(let segments): if try !apply(text, segments, database) { return }
        }
        if wait { try database.waitForEverybody() }
    }

    private func apply(_ text: String, _ model: ScoringModel, _ database: Database) throws {
        let version = try database.newVersion(of: "definition") { version in
            _ = try database.rows(
                "apply", "INSERT INTO definition (version, model, checksum) VALUES ($1::bigint, $2::text, $3::text)",
                [.int(Int64(version)), .string(text), .string(ModelDocument.checksum(text))])
            _ = try database.rows(
                "decay",
                """
                UPDATE decay SET engagement_half_life = $1::float8, engagement_scale = $2::float8,
                    trust_half_life = $3::float8, influence_half_life = $4::float8, advocacy_half_life = $5::float8,
                    advocacy_scale = $6::float8
                """,
                [
                    model.engagementHalfLife, model.engagementScale, model.trustHalfLife, model.influenceHalfLife,
                    model.advocacyHalfLife, model.advocacyScale,
                ].map { .double($0) })
        }
        StandardOutput.line("version \(version) is in force: people are evaluated with the scoring model from now on")
    }

    /// - Returns: false when the document is in force already.
    private func apply(_ text: String, _ document: SegmentDocument, _ database: Database) throws -> Bool {
        let checksum = ModelDocument.checksum(text)
        let newest = try database.rows(
            "newest document",
            "SELECT checksum, version FROM definition WHERE segments IS NOT NULL ORDER BY version DESC LIMIT 1")
        if newest.count == 1, newest.string(0, 0) == checksum {
            StandardOutput.line("version \(newest.int(0, 1)) is this document: nothing was changed")
            return false
        }
        var plan = RevisionPlan([], digests: [])
        let version = try database.newVersion(of: "definition") { version in
            _ = try database.rows(
                "apply", "INSERT INTO definition (version, segments, checksum) VALUES ($1::bigint, $2::text, $3::text)",
                [.int(Int64(version)), .string(text), .string(checksum)])
            plan = try database.replaceSegments(by: document, version: version)
        }
        let kept = Set(plan.kept.map(\.id)).subtracting(plan.prepared.map(\.id)).count
        var lines = ["version \(version) is in force: \(kept) segments are as they were"]
        func tell(_ what: String, _ ids: [String]) {
            if !ids.isEmpty { lines.append("\(what): \(ids.sorted().joined(separator: " "))") }
        }
        tell("new, seen once everybody was evaluated", plan.prepared.filter { $0.replaces == nil }.map(\.id))
        tell(
            "changed, seen as before until everybody was evaluated",
            plan.prepared.filter { $0.replaces != nil }.map(\.id))
        tell("removed, everybody has left", plan.removed.map(\.id))
        StandardOutput.line(lines.joined(separator: "\n"))
        return true
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
    /// Makes the revisions of the document's segments what there is to be; inside the transaction of a new version.
    fileprivate func replaceSegments(by document: SegmentDocument, version: Int) throws -> RevisionPlan {
        let digests = document.digests
        let plan = RevisionPlan(
            try segmentRevisions(), digests: document.segments.map { ($0.id, digests[$0.id]!) })
        // In the tables of a removed segment its members leave at once; nobody has seen what was only prepared.
        _ = try rows(
            "members leave",
            """
            INSERT INTO transition (customer_id, dimension, "from", effective_at, cause, definitions)
            SELECT m.customer_id, 'segment', s.id, greatest(clock_timestamp(), m.entered_at), 'definition', $2::bigint
            FROM segment s JOIN segment_member m USING (revision) WHERE s.revision = ANY ($1::bigint[])
            """, [.ints(plan.removed.map { Int64($0.number) }), .int(Int64(version))])
        _ = try rows(
            "retire", "UPDATE segment SET state = 'retired' WHERE revision = ANY ($1::bigint[])",
            [.ints((plan.removed.map(\.number) + plan.dropped).map { Int64($0) })])
        for segment in document.segments {
            _ = try rows(
                "name segment", "UPDATE segment SET name = $2::text WHERE id = $1::text AND name <> $2::text",
                [.string(segment.id), .string(segment.name)])
        }
        let names = Dictionary(uniqueKeysWithValues: document.segments.map { ($0.id, $0.name) })
        for (id, replaces) in plan.prepared {
            _ = try rows(
                "prepare segment",
                """
                INSERT INTO segment (revision, id, name, state, definitions, digest, replaces)
                VALUES (nextval('segment_revision'), $1::text, $2::text, 'preparing', $3::bigint, $4::text,
                    nullif($5::bigint, 0))
                """,
                [
                    .string(id), .string(names[id]!), .int(Int64(version)), .string(digests[id]!),
                    .int(Int64(replaces ?? 0)),
                ])
        }
        return plan
    }

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
