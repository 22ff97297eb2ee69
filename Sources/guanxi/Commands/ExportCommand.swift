import ArgumentParser
import Foundation
import Ingest
import ProfileTables

/// Writes out who is in a segment.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write out the members of a segment who may be written to.",
        discussion: """
            A line a person, ordered by customer, in constant memory however many there are; each line carries the \
            version of the definitions and the time. Whoever has opted out is left out; with --channel also who has \
            opted out of that channel. Every export is noted in PostgreSQL, and --at-most leaves out whoever was in \
            as many during the time --per says, whatever the segments. A file is there when it is complete, or not \
            at all.
            """)

    @Argument(help: "Id of the segment.")
    var segment: String

    @Option(help: "csv or jsonl (a JSON object a line).")
    var format = SegmentExport.Format.csv

    @Option(help: ArgumentHelp("Columns of profile to add, divided by commas.", valueName: "names"))
    var columns = "level,lifecycle,tier,grade,preferred_channel,preferred_hour"

    @Option(help: ArgumentHelp("The channel they will be written to on.", valueName: "name"))
    var channel: String?

    @Option(help: ArgumentHelp("Most exports of a person, this one included.", valueName: "count"))
    var atMost: Int?

    @Option(help: ArgumentHelp("The time in which so many are counted.", valueName: "duration"))
    var per = "7d"

    @Option(help: "The file; standard output if absent.", completion: .file())
    var out: String?

    @Flag(help: "Write the lines, and do not count them as an export.")
    var unnoted = false

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        if let atMost, atMost < 1 { throw ValidationError("--at-most is a number from 1") }
        guard let period = Duration(written: per), period > .zero else {
            throw ValidationError("--per is a duration such as 12h or 7d, not '\(per)'")
        }
        let names = SegmentExport.exportable.map(\.name)
        for name in list(columns) where !names.contains(name) {
            let near = NearestName.of(name, among: names).map { "; did you mean \($0)?" } ?? ""
            throw ValidationError("--columns: there is no column '\(name)' to export\(near)")
        }
    }

    private func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    func run() throws {
        var export = SegmentExport()
        export.format = format
        export.columns = list(columns)
        export.channel = channel
        export.cap = atMost.map { ($0, Duration(written: per)!.milliseconds) }
        let database = try Database(options.load(), purpose: "export")
        let count: SegmentExport.Count
        if let out {
            let file = try CompleteFile(out)
            do {
                count = try export.run(segment, database, isNoted: !unnoted, write: file.write)
                try file.finish()
            } catch {
                file.discard()
                throw error
            }
        } else {
            count = try export.run(segment, database, isNoted: !unnoted) { StandardOutput.write($0) }
        }
        var words = ["\(Written.count(count.written)) of \(Written.count(count.members)) members of \(segment) written"]
        if count.unwilling > 0 { words.append("\(Written.count(count.unwilling)) have opted out") }
        if count.capped > 0 { words.append("\(Written.count(count.capped)) were in enough exports of late") }
        StandardError.write(words.joined(separator: ", ") + "\n")
    }
}

extension SegmentExport.Format: ExpressibleByArgument {}

/// A file that appears under its name when all of it is written.
private struct CompleteFile {
    private let path: String
    private var part: String { path + ".part" }
    private let handle: FileHandle

    init(_ path: String) throws {
        self.path = path
        guard FileManager.default.createFile(atPath: path + ".part", contents: nil),
            let handle = FileHandle(forWritingAtPath: path + ".part")
        else { throw Failure(.failed, "cannot write \(path).part (--out)") }
        self.handle = handle
    }

    func write(_ text: String) throws {
        do { try handle.write(contentsOf: Data(text.utf8)) } catch {
            throw Failure(.failed, "cannot write \(part): \(error.localizedDescription)")
        }
    }

    func finish() throws {
        do {
            try handle.synchronize()
            try handle.close()
        } catch {
            throw Failure(.failed, "cannot write \(part): \(error.localizedDescription)")
        }
        guard unsafe rename(part, path) == 0 else { throw Failure(.failed, "cannot rename \(part) to \(path)") }
    }

    func discard() {
        try? handle.close()
        try? FileManager.default.removeItem(atPath: part)
    }
}
