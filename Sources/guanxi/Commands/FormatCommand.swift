import ArgumentParser
import Foundation
import Segments

/// Checks a document of segments and writes it the one way.
struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Check a document of segments and promotions, and print it formatted.",
        discussion: """
            Reads the whole document and tells every mistake of it at once, with line, column and what is accepted. \
            The result means the same; comments stay above the segment they were in. Needs no database.
            """)

    @Argument(help: "The document.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Flag(help: "Write the result to the file instead of printing it.")
    var inPlace = false

    @Flag(help: "Change and print nothing; exit code 1 where the file is not formatted.")
    var check = false

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let text = try DefinitionFile.text(file)
        let rules = try options.load().rules
        let document: SegmentDocument
        do throws(DocumentError) { document = try SegmentDocument.read(text, path: file, rules) } catch {
            throw Failure(.misused, "\(error)")
        }
        let formatted = SegmentWriter(document).text(original: text)
        if check {
            if formatted == text { return StandardOutput.line("\(file) is formatted") }
            throw Failure(.failed, "\(file) is not formatted: guanxi definitions fmt --in-place \(file)")
        }
        guard inPlace else { return StandardOutput.line(String(formatted.dropLast())) }
        if formatted == text { return StandardOutput.line("\(file) was formatted") }
        do { try formatted.write(toFile: file, atomically: true, encoding: .utf8) } catch {
            throw Failure(.failed, "\(file): cannot be written: \(error.localizedDescription)")
        }
        StandardOutput.line("\(file) is formatted now")
    }
}

/// The language on one page.
struct FormsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forms",
        abstract: "Print every condition of the segment language, its keys, the scores and the event types.")

    func run() throws { StandardOutput.line(SegmentSchema.reference) }
}

/// What editors check and complete a document of segments by.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of the documents of segments, for editors.")

    func run() throws { StandardOutput.line(SegmentSchema.schema.text(isPretty: true)) }
}

/// A document on disk.
enum DefinitionFile {
    /// - Throws: `Failure` where it cannot be read as UTF-8 text.
    static func text(_ file: String) throws -> String {
        let data: Data
        do { data = try Data(contentsOf: URL(filePath: file)) } catch {
            throw Failure(.misused, "\(file): cannot be read: \(error.localizedDescription)")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.misused, "\(file): is not UTF-8 text")
        }
        return text
    }
}
