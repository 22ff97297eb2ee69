import ArgumentParser
import Ingest
import Profiles
import Scoring
import Segments

/// Why a person is in the segments in force or of a document, or not.
struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why somebody is in a segment, or not.",
        discussion: """
            Prints the condition as a tree: what each part came to, the events behind it, and when it will change by \
            itself. The same as JSON with --output json. As of now, with the definitions and the calibration in force; \
            with --file, by the segments of a document that need not be.
            """)

    @Argument(help: ArgumentHelp("Any identity of the person.", valueName: "namespace:id"))
    var identity: String

    @Argument(help: "The segment; every one there is if absent.")
    var segment: String?

    @Option(help: "A document of segments, instead of those in force.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        // A mistake in a document is told before anybody is asked for.
        let given = try file.map { try SegmentDocument.read($0, configuration) }
        let database = try Database(configuration, purpose: "explain")
        let history = try DefinitionHistory(database, configuration.definitionReader)
        guard let document = try given ?? history.segments() else {
            throw Failure(.failed, "no segments were applied yet: guanxi apply FILE, or explain with --file FILE")
        }
        let ids = document.segments.map(\.id)
        if let segment, !ids.contains(segment) {
            let near = NearestName.of(segment, among: ids).map { "did you mean \($0)?" }
            throw Failure(
                .misused,
                "\(document.path) has no segment \(segment); "
                    + (near ?? "it has: \(ids.joined(separator: ", "))"))
        }
        let rows = try database.rows(
            "explain",
            """
            SELECT p.state, clock_timestamp() FROM identity i JOIN profile p USING (customer_id)
            WHERE i.identity = $1::text
            """, [.string(identity)])
        guard rows.count == 1 else {
            throw Failure(.failed, "nobody has the identity \(identity): none of their events has been folded yet")
        }
        let profile: Profile
        do throws(EncodingError) { profile = try Profile(decoding: rows.bytes(0, 0).span) } catch {
            throw Failure(.failed, "the stored profile cannot be read: \(error)")
        }
        let definitions = try history.inForce()
        let now = rows.instant(0, 1)
        let judge = Judge(
            model: definitions.model, calibration: definitions.calibration, calendar: configuration.rules.calendar)
        var evaluator = SegmentEvaluator(
            SegmentProgram(document.segments, calibration: definitions.calibration), by: judge)
        let evaluation = Evaluation(profile, at: now, by: judge)
        let reasons = ids.filter { segment == nil || $0 == segment }.map { id in
            (
                segment: document.segments.first { $0.id == id }!,
                why: evaluator.explain(id, profile, evaluation, at: now)!
            )
        }
        let reason = Reason(document: document, profile: profile)
        switch output.output {
        case .text:
            StandardOutput.line(reasons.map { reason.text($0.segment, $0.why) }.joined(separator: "\n\n"))
        case .json:
            StandardOutput.line(JSON.list(reasons.map { reason.json($0.segment, $0.why) }).text(isPretty: true))
        }
    }
}

/// An explanation for people and for programs.
struct Reason {
    private let writer: SegmentWriter
    private let profile: Profile

    init(document: SegmentDocument, profile: Profile) {
        writer = SegmentWriter(document)
        self.profile = profile
    }

    // MARK: - Text

    func text(_ segment: Segment, _ why: Explanation) -> String {
        let name = segment.name == segment.id ? "" : " \(segment.name)"
        let head = "\(segment.id)\(name): \(why.holds ? "member" : "not a member")\(change(why))"
        return ([head] + lines(why).map { "  \($0)" }).joined(separator: "\n")
    }

    private func lines(_ why: Explanation) -> [String] {
        let mark = why.holds ? "yes" : "no "
        var lines: [String]
        switch why.condition {
        case .all: lines = ["\(mark) all"]
        case .any: lines = ["\(mark) any"]
        case .not: lines = ["\(mark) not"]
        default:
            let value = self.value(why).map { " = \($0)" } ?? ""
            lines = ["\(mark) \(writer.leaf(why.condition))\(value)\(change(why))"]
        }
        for type in why.shortened {
            lines.append("      of \(type.name) older events have left the timeline: this is a bound")
        }
        lines += why.evidence.prefix(5).map { "      \(Written.instant($0.time)) \($0.type.name)\(detail($0))" }
        if why.evidence.count > 5 {
            let more = why.evidence.count == Explanation.most ? "more" : "\(why.evidence.count - 5) more"
            lines.append("      and \(more)")
        }
        return lines + why.children.flatMap { self.lines($0) }.map { "    \($0)" }
    }

    private func change(_ why: Explanation) -> String {
        why.changesAt == .max ? "" : " (may change by time at \(Written.instant(why.changesAt)))"
    }

    private func detail(_ evidence: Explanation.Evidence) -> String {
        let entry = profile.entries[evidence.index]
        let item = profile.strings.string(entry.item)
        let amount = entry.flags.contains(.amount) ? " \(Written.money(entry.amount))" : ""
        return (item.isEmpty ? "" : " \(Problem.oneLine(item))") + amount
    }

    /// What was measured, as its bounds are written.
    private func value(_ why: Explanation) -> String? {
        guard let value = why.value else { return nil }
        switch why.condition {
        case .standing(let standing): return standing.ladder.names[Int(value)]
        case .absent, .last: return Written.span(value / 1000)
        case .measure(let measure, _) where measure.kind != .amount && measure.kind != .duration:
            return Written.count(Int(value))
        default:
            let isWhole = value == value.rounded() && abs(value) < 1e15
            return isWhole ? Written.count(Int(value)) : Written.decimal(value, places: 2)
        }
    }

    // MARK: - JSON

    func json(_ segment: Segment, _ why: Explanation) -> JSON {
        .fields([
            "segment": .text(segment.id), "name": .text(segment.name), "member": .boolean(why.holds),
            "changes_at": instant(why.changesAt), "because": json(why),
        ])
    }

    private func json(_ why: Explanation) -> JSON {
        let condition: String
        switch why.condition {
        case .all: condition = "all"
        case .any: condition = "any"
        case .not: condition = "not"
        default: condition = writer.leaf(why.condition)
        }
        var fields: [JSON.Field] = [
            .init(name: "condition", value: .text(condition)), .init(name: "holds", value: .boolean(why.holds)),
            .init(name: "value", value: .optional(why.value) { .number($0) }),
            .init(name: "changes_at", value: instant(why.changesAt)),
        ]
        if !why.shortened.isEmpty {
            fields.append(.init(name: "shortened", value: .list(why.shortened.map { .text($0.name) })))
        }
        if !why.evidence.isEmpty {
            let events = why.evidence.map { evidence in
                JSON.fields([
                    "at": .text(Written.isoInstant(evidence.time)), "type": .text(evidence.type.name),
                    "item": .text(profile.strings.string(profile.entries[evidence.index].item)),
                ])
            }
            fields.append(.init(name: "events", value: .list(events)))
        }
        if !why.children.isEmpty {
            fields.append(.init(name: "conditions", value: .list(why.children.map { json($0) })))
        }
        return .object(fields)
    }

    private func instant(_ time: Int64) -> JSON { time == .max ? .null : .text(Written.isoInstant(time)) }
}
