import ArgumentParser
import Postgres
import Scoring

/// What is in force, and how far everybody's evaluation with it has come.
struct DefinitionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definitions",
        abstract: "List the versions of the scoring model and the calibration, and how far they are taken over.",
        subcommands: [FormatCommand.self, FormsCommand.self, SchemaCommand.self])

    @Flag(help: "Print the scoring model in force as a document to edit and apply, each number with its meaning.")
    var document = false

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
        let versions = try database.rows(
            "versions",
            """
            SELECT 'scoring model', version, applied_by, applied_at, checksum FROM definition
            UNION ALL SELECT 'calibration', version, made_by, made_at, '' FROM calibration ORDER BY 1 DESC, 2 DESC
            """)
        let backfill = try database.rows(
            "backfill", "SELECT count(*) FILTER (WHERE done), count(*), max(updated_at) FROM backfill")
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
        switch output.output {
        case .text:
            if versions.count == 0 {
                StandardOutput.line("nothing was applied or calibrated: the built-in scoring model is in force")
            } else {
                StandardOutput.line(table.text)
            }
            StandardOutput.line(
                "everybody evaluated with it: \(backfill.int(0, 0)) of \(backfill.int(0, 1)) parts of the people")
        case .json:
            StandardOutput.line(
                JSON.fields([
                    "versions": .list(list), "parts_done": .integer(backfill.int(0, 0)),
                    "parts": .integer(backfill.int(0, 1)),
                ]).text())
        }
    }
}
