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
            now with the scoring model and the calibration in force. Prints the size of each segment, how many \
            would come into it and leave it by the change, and on request some of its members.
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
        /// How many are members now and would not be, and the other way round; all enter what is new.
        var enters = 0
        var leaves = 0
        /// Those that come first by their customer.
        var sample: [String] = []

        mutating func add(_ name: String, atMost count: Int) {
            if sample.count == count, name >= sample.last! { return }
            sample.append(name)
            sample.sort()
            sample.removeLast(max(0, sample.count - count))
        }
    }

    /// In the order of the document.
    private(set) var sizes: [Size]
    /// Segments in force that the document does not have, and their members.
    private(set) var removed: [(id: String, members: Int)]
    private(set) var people = 0
    private let seconds: Double

    /// - Parameter sample: how many members of each segment are named: those that come first by their customer.
    init(_ document: SegmentDocument, _ database: Database, _ configuration: Configuration, sample: Int) throws {
        let history = try DefinitionHistory(database, configuration.definitionReader)
        let definitions = try history.inForce()
        let program = SegmentProgram(
            document.segments, watching: document.segments.map(\.id), calibration: definitions.calibration)
        let judge = Judge(
            model: definitions.model, calibration: definitions.calibration, calendar: configuration.rules.calendar)
        var evaluator = SegmentEvaluator(program, by: judge)
        var sizes = document.segments.map { Size(segment: $0) }
        // What readers see now, by revision: a place among the document's segments, or beyond them.
        var removed: [(id: String, members: Int)] = []
        var places: [Int32: Int] = [:]
        for revision in history.stored.revisions where revision.state == .current {
            if let place = document.segments.firstIndex(where: { $0.id == revision.id }) {
                places[revision.number] = place
            } else {
                places[revision.number] = sizes.count + removed.count
                removed.append((revision.id, 0))
            }
        }

        var progress = ProgressLine()
        try database.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        defer { database.connection.rollback() }
        let counted = try database.rows("people", "SELECT count(*), clock_timestamp() FROM profile")
        let (all, now) = (Int(counted.int(0, 0)), counted.instant(0, 1))
        try database.execute("DECLARE people NO SCROLL CURSOR FOR SELECT customer_id, state, segments FROM profile")
        while true {
            let rows = try database.rows("fetch people", "FETCH 5000 FROM people")
            if rows.count == 0 { break }
            for row in 0..<rows.count {
                let profile: Profile
                do throws(EncodingError) { profile = try Profile(decoding: rows.bytes(row, 1).span) } catch {
                    throw Failure(.failed, "a stored profile cannot be read: \(error)")
                }
                let evaluation = Evaluation(profile, at: now, by: judge)
                let members = evaluator.evaluate(profile, evaluation, at: now).segments
                var entering = members
                for revision in rows.integers(row, 2) {
                    guard let place = places[revision] else { continue }
                    if place >= sizes.count {
                        removed[place - sizes.count].members += 1
                    } else if members.contains(place) {
                        entering.remove(place)
                    } else {
                        sizes[place].leaves += 1
                    }
                }
                for index in entering.indices { sizes[index].enters += 1 }
                for index in members.indices {
                    sizes[index].members += 1
                    // A cursor has no order; the smallest names are the same every time.
                    if sample > 0 { sizes[index].add(rows.string(row, 0), atMost: sample) }
                }
                people += 1
            }
            progress.update(people, of: all, "people")
        }
        progress.end()
        seconds = progress.seconds
        self.sizes = sizes
        self.removed = removed
    }

    var text: String {
        var table = TextTable([
            ("segment", .left), ("", .left), ("members", .right), ("share", .right), ("enter", .right),
            ("leave", .right),
        ])
        for size in sizes {
            let share =
                people == 0 ? "" : "\(Written.decimal(100 * Double(size.members) / Double(people), places: 1)) %"
            table.append([
                size.segment.id, size.segment.name == size.segment.id ? "" : size.segment.name,
                Written.count(size.members), share, Written.count(size.enters), Written.count(size.leaves),
            ])
        }
        for segment in removed {
            table.append([segment.id, "removed", "", "", "", Written.count(segment.members)])
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
                        "members": .integer(size.members), "enter": .integer(size.enters),
                        "leave": .integer(size.leaves), "sample": .list(size.sample.map { .text($0) }),
                    ])
                }),
            "removed": .list(
                removed.map { .fields(["id": .text($0.id), "leave": .integer($0.members)]) }),
        ])
    }
}
