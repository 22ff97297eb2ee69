import ArgumentParser
import Foundation
import Postgres
import Scoring

/// Puts a scoring model into force.
struct ApplyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Put a scoring model (YAML) into force for all workers.",
        discussion: """
            Checks the whole document first: with any mistake nothing changes and the model in force stays. Workers \
            take it over within a second, with no restart: whoever has an event is evaluated with it at once, \
            everybody else in the background (guanxi definitions shows how far). guanxi definitions --document \
            prints the model in force.
            """)

    @Argument(help: "The document.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "Check the document and change nothing.")
    var check = false

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let text = try DefinitionFile.text(file)
        let model: ScoringModel
        do throws(DocumentError) { model = try ModelDocument.read(text, path: file) } catch {
            throw Failure(.misused, "\(error)")
        }
        if check { return StandardOutput.line("\(file) is a scoring model; nothing was changed") }
        let database = try Database(options.load(), purpose: "apply")
        let version = try database.newVersion(of: "definition") { version in
            let checksum = ModelDocument.checksum(text)
            _ = try database.rows(
                "apply", "INSERT INTO definition (version, model, checksum) VALUES ($1::bigint, $2::text, $3::text)",
                [.int(Int64(version)), .string(text), .string(checksum)])
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
        StandardOutput.line("scoring model version \(version) is in force; people are evaluated with it from now on")
    }
}
