import ArgumentParser
import Ingest
import Profiles
import Scoring
import Segments

/// Who would be in the segments of a document, without putting it into force.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Evaluate the segments of a document over everybody, and change nothing.",
        discussion: """
            Reads every stored profile once, in bounded memory, while workers run, and evaluates the document as of \
            now with the scoring model and the calibration in force. Prints the size of each segment, and on request \
            some of its members.
            """)

    @Argument(help: "The document.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Option(help: "Name so many members of each segment.")
    var sample = 0

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (0...1000).contains(sample) else { throw ValidationError("--sample is a number from 0 to 1000") }
    }

    func run() throws {
        let configuration = try options.load()
        let document = try SegmentDocument.read(file, configuration)
        let database = try Database(configuration, purpose: "plan")
        let plan = try SegmentPlan(document, database, configuration, sample: sample)
        switch output.output {
        case .text: StandardOutput.line(plan.text)
        case .json: StandardOutput.line(plan.json.text(isPretty: true))
        }
    }
}

extension SegmentDocument {
    /// The document in a file, checked by the rules of the deployment.
    static func read(_ file: String, _ configuration: Configuration) throws -> SegmentDocument {
        let text = try DefinitionFile.text(file)
        do throws(DocumentError) { return try read(text, path: file, configuration.rules) } catch {
            throw Failure(.misused, "\(error)")
        }
    }
}

/// What a document would make of everybody.
struct SegmentPlan {
    struct Size {
        var segment: Segment
        var members = 0
        var sample: [String] = []
    }

    private(set) var sizes: [Size]
    private(set) var people = 0
    private let seconds: Double

    /// - Parameter sample: how many members of each segment are named: those that come first by their customer.
    init(_ document: SegmentDocument, _ database: Database, _ configuration: Configuration, sample: Int) throws {
        let history = try DefinitionHistory(database, configuration.definitionReader)
        let definitions = try history.definitions(history.newest)
        let calendar = configuration.rules.calendar
        let program = SegmentProgram(document.segments, calibration: definitions.calibration)
        var evaluator = SegmentEvaluator(
            program,
            by: Judge(model: definitions.model, calibration: definitions.calibration, calendar: calendar))
        var sizes = program.segments.map { Size(segment: $0) }
        var people = 0

        var progress = ProgressLine()
        try database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        defer { database.connection.rollback() }
        let counted = try database.rows("people", "SELECT count(*), clock_timestamp() FROM profile")
        let (all, now) = (Int(counted.int(0, 0)), counted.instant(0, 1))
        try database.execute("DECLARE people NO SCROLL CURSOR FOR SELECT customer_id, state FROM profile")
        while true {
            let rows = try database.rows("fetch people", "FETCH 5000 FROM people")
            if rows.count == 0 { break }
            for row in 0..<rows.count {
                let profile: Profile
                do throws(EncodingError) { profile = try Profile(decoding: rows.bytes(row, 1).span) } catch {
                    throw Failure(.failed, "a stored profile cannot be read: \(error)")
                }
                let evaluation = Evaluation(
                    profile, at: now, model: definitions.model, calibration: definitions.calibration,
                    calendar: calendar)
                for index in evaluator.evaluate(profile, evaluation, at: now).segments.indices {
                    sizes[index].members += 1
                    if sample == 0 { continue }
                    // A cursor has no order; the smallest names are the same every time.
                    let name = rows.string(row, 0)
                    if sizes[index].sample.count < sample || name < sizes[index].sample.last! {
                        sizes[index].sample.append(name)
                        sizes[index].sample.sort()
                        sizes[index].sample.removeLast(max(0, sizes[index].sample.count - sample))
                    }
                }
                people += 1
            }
            progress.update(people, of: all, "people")
        }
        progress.end()
        seconds = progress.seconds
        // As they were written.
        self.sizes = document.segments.map { segment in sizes.first { $0.segment.id == segment.id }! }
        self.people = people
    }

    var text: String {
        var table = TextTable([("segment", .left), ("", .left), ("members", .right), ("share", .right)])
        for size in sizes {
            let share =
                people == 0 ? "" : "\(Written.decimal(100 * Double(size.members) / Double(people), places: 1)) %"
            table.append([
                size.segment.id, size.segment.name == size.segment.id ? "" : size.segment.name,
                Written.count(size.members), share,
            ])
        }
        var lines = [table.text]
        for size in sizes where !size.sample.isEmpty {
            lines.append("\(size.segment.id): \(size.sample.joined(separator: " "))")
        }
        lines.append(
            "\(Written.count(people)) people evaluated in \(Written.decimal(seconds, places: 1)) s; nothing was changed"
        )
        return lines.joined(separator: "\n")
    }

    var json: JSON {
        .fields([
            "people": .integer(people), "seconds": .number(seconds),
            "segments": .list(
                sizes.map { size in
                    .fields([
                        "id": .text(size.segment.id), "name": .text(size.segment.name),
                        "members": .integer(size.members), "sample": .list(size.sample.map { .text($0) }),
                    ])
                }),
        ])
    }
}
