import ArgumentParser
import Postgres
import Scoring

/// What is in force, and how far everybody's evaluation with it has come.
struct DefinitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definitions",
        abstract: "List what was applied and calibrated, the segments, and how far everybody is evaluated with it.",
        subcommands: [DiffCommand.self, FormatCommand.self, FormsCommand.self, SchemaCommand.self])

    @Flag(help: "Print the scoring model in force as a document to edit and apply, each number with its meaning.")
    var document = false

    @Flag(help: "Print the document of segments in force, as it was applied.")
    var segments = false

    @Flag(help: "Print the scoring model that is in force before any is applied; needs no database.")
    var builtIn = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        if builtIn { return StandardOutput.line(String(ScoringModel.standard.document.dropLast())) }
        let configuration = try options.load()
        let database = try Database(configuration, purpose: "definitions")
        if document {
            let history = try DefinitionHistory(database, configuration.definitionReader)
            let model = try history.inForce().model
            return StandardOutput.line(String(model.document.dropLast()))
        }
        if segments {
            let stored = try database.storedDefinitions()
            guard let newest = stored.documents.keys.max() else {
                throw Failure(.failed, "no segments were applied yet: guanxi apply FILE")
            }
            return StandardOutput.write(stored.documents[newest]!)
        }
        let versions = try database.rows(
            "versions",
            """
            SELECT CASE WHEN model IS NULL THEN 'segments' ELSE 'scoring model' END,
                version, applied_by, applied_at, checksum FROM definition
            UNION ALL SELECT 'calibration', version, made_by, made_at, '' FROM calibration ORDER BY 1 DESC, 2 DESC
            """)
        let backfill = try database.rows(
            "backfill", "SELECT count(*) FILTER (WHERE done), count(*), sum(people)::bigint FROM backfill")
        let segments = try database.rows(
            "segments",
            """
            SELECT s.id, s.name, s.state::text, s.definitions,
                (SELECT count(*) FROM segment_member m WHERE m.revision = s.revision)
            FROM segment s WHERE s.state <> 'retired' ORDER BY s.id, s.revision
            """)
        var table = TextTable([("", .left), ("version", .right), ("by", .left), ("at", .left), ("checksum", .left)])
        var list: [JSON] = []
        for row in 0..<versions.count {
            let at = versions.instant(row, 3)
            table.append([
                versions.string(row, 0), "\(versions.int(row, 1))", versions.string(row, 2), Written.instant(at),
                versions.string(row, 4),
            ])
            list.append(
                .fields([
                    "what": .text(versions.string(row, 0)), "version": .integer(versions.int(row, 1)),
                    "by": .text(versions.string(row, 2)), "at": .text(Written.isoInstant(at)),
                    "checksum": .text(versions.string(row, 4)),
                ]))
        }
        var members = TextTable([
            ("segment", .left), ("", .left), ("", .left), ("version", .right), ("members", .right),
        ])
        var segmentList: [JSON] = []
        for row in 0..<segments.count {
            let (id, name, state) = (segments.string(row, 0), segments.string(row, 1), segments.string(row, 2))
            members.append([
                id, name == id ? "" : name, state, "\(segments.int(row, 3))", Written.count(Int(segments.int(row, 4))),
            ])
            segmentList.append(
                .fields([
                    "id": .text(id), "name": .text(name), "state": .text(state),
                    "version": .integer(segments.int(row, 3)), "members": .integer(segments.int(row, 4)),
                ]))
        }
        switch output.output {
        case .text:
            if versions.count == 0 {
                StandardOutput.line("nothing was applied or calibrated: the built-in scoring model is in force")
            } else {
                StandardOutput.line(table.text)
            }
            if segments.count > 0 { StandardOutput.line("\n\(members.text)\n") }
            let people = Written.count(Int(backfill.int(0, 2)))
            StandardOutput.line(
                "evaluated with what is in force: \(backfill.int(0, 0)) of \(backfill.int(0, 1)) parts of the people; "
                    + "\(people) so far because of the last change")
        case .json:
            StandardOutput.line(
                JSON.fields([
                    "versions": .list(list), "segments": .list(segmentList), "people": .integer(backfill.int(0, 2)),
                    "parts_done": .integer(backfill.int(0, 0)),
                    "parts": .integer(backfill.int(0, 1)),
                ]).text())
        }
    }
}
