import Interactions
import Scoring
import Segments
import Yams

/// The one way to write a document of segments: what `guanxi definitions fmt` prints.
///
/// Reading it gives the same segments. A comment stays above the segment or promotion it stood in or before.
struct SegmentWriter {
    private let document: SegmentDocument
    /// Whether instants are written one way only, and promotions as their windows.
    private let isCanonical: Bool

    init(_ document: SegmentDocument) {
        self.document = document
        isCanonical = false
    }

    /// Writes conditions that mean the same alike.
    init(canonical document: SegmentDocument) {
        self.document = document
        isCanonical = true
    }

    /// - Parameter original: the text the document was read from, for its comments.
    func text(original: String = "") -> String {
        let comments = Comments(original)
        var lines = comments.heading
        if !document.promotions.isEmpty {
            lines.append("promotions:")
            for (index, promotion) in document.promotions.enumerated() {
                lines += comments.above("promotions", index).map { "  \($0)" }
                lines.append("  - id: \(promotion.id)")
                if promotion.name != promotion.id { lines.append("    name: \(quoted(promotion.name))") }
                lines.append("    from: \(instant(promotion.from))")
                lines.append("    until: \(instant(promotion.until))")
            }
        }
        if !document.promotions.isEmpty && !document.segments.isEmpty { lines.append("") }
        if !document.segments.isEmpty {
            lines.append("segments:")
            for (index, segment) in document.segments.enumerated() {
                if index > 0 { lines.append("") }
                lines += comments.above("segments", index).map { "  \($0)" }
                lines.append("  - id: \(segment.id)")
                if segment.name != segment.id { lines.append("    name: \(quoted(segment.name))") }
                lines.append("    when:")
                lines += self.lines(segment.condition).map { "      \($0)" }
            }
        }
        lines += comments.end
        return lines.joined(separator: "\n") + "\n"
    }

    // MARK: - Conditions

    func lines(_ condition: Condition) -> [String] {
        switch condition {
        case .all(let children): return list("all", children)
        case .any(let children): return list("any", children)
        case .not(let child):
            let inner = lines(child)
            return inner.count == 1 ? ["not: {\(inner[0])}"] : ["not:"] + inner.map { "  \($0)" }
        default: return [leaf(condition)]
        }
    }

    private func list(_ name: String, _ children: [Condition]) -> [String] {
        ["\(name):"]
            + children.flatMap { child in
                lines(child).enumerated().map { $0 == 0 ? "  - \($1)" : "    \($1)" }
            }
    }

    /// A condition without others below it, on one line.
    func leaf(_ condition: Condition) -> String {
        switch condition {
        case .measure(let measure, let bounds):
            return "\(name(measure)): {\((parts(measure) + parts(bounds, measure.kind)).joined(separator: ", "))}"
        case .ratio(let of, let to, let bounds):
            let sides = [("of", of), ("to", to)].map { side, measure in
                "\(side): {\(name(measure)): {\(parts(measure).joined(separator: ", "))}}"
            }
            return "ratio: {\((sides + parts(bounds)).joined(separator: ", "))}"
        case .sequence(let steps, let gap, let window):
            var parts = [
                "steps: [\(steps.map { "{\(self.parts($0).joined(separator: ", "))}" }.joined(separator: ", "))]"
            ]
            if let gap { parts.append("gap: \(Length.text(gap))") }
            return "sequence: {\((parts + self.parts(window)).joined(separator: ", "))}"
        case .absent(let after, let then, let length):
            let sides = [("after", after), ("then", then)].map { "\($0): {\(parts($1).joined(separator: ", "))}" }
            return "absent: {\(sides.joined(separator: ", ")), for: \(Length.text(length))}"
        case .last(let filter, let older, let newer):
            let ages = [("older_than", older), ("newer_than", newer)].compactMap { name, age in
                age.map { "\(name): \(Length.text($0))" }
            }
            return "last: {\((parts(filter) + ages).joined(separator: ", "))}"
        case .score(let score, let bounds):
            return "score: {\((["name: \(score.name)"] + parts(bounds)).joined(separator: ", "))}"
        case .percentile(let score, let share):
            let text = Decimal.text(Int64(share.permille), decimals: 1)
            return "percentile: {score: \(score.name), \(share.isTop ? "top" : "bottom"): \(text)%}"
        case .standing(let standing):
            let names = standing.ladder.names.enumerated().filter { standing.rungs >> UInt16($0.offset) & 1 == 1 }
            return "\(standing.ladder.rawValue): [\(names.map(\.element).joined(separator: ", "))]"
        case .tag(let name, let exists):
            return "tag: {name: \(quoted(name))\(exists ? "" : ", exists: false")}"
        case .attribute(let name, let test): return "attribute: {name: \(quoted(name)), \(text(test))}"
        case .segment(let id): return "segment: \(id)"
        case .all, .any, .not: return lines(condition).joined(separator: " ")
        }
    }

    private func name(_ measure: Measure) -> String {
        switch measure.kind {
        case .count: "count"
        case .amount, .quantity, .duration: "sum"
        case .distinct, .distinctDays: "distinct"
        }
    }

    private func parts(_ measure: Measure) -> [String] {
        let of: [String] =
            switch measure.kind {
            case .count: []
            case .amount: ["of: amount"]
            case .quantity: ["of: quantity"]
            case .duration: ["of: duration_s"]
            case .distinct(let dimension): ["of: \(dimension.rawValue)"]
            case .distinctDays: ["of: day"]
            }
        return parts(measure.filter) + of + parts(measure.window)
    }

    private func parts(_ filter: EventFilter) -> [String] {
        var parts: [String] = []
        // Whole families are written as such.
        let families = Family.allCases.filter { $0 != .identity && $0 != .record }.filter { family in
            EventType.allCases.allSatisfy {
                $0.family != family || !$0.isTimeline || filter.types.contains($0)
            }
        }
        let covered = EventType.allCases.filter { families.contains($0.family) && $0.isTimeline }
        if EventTypeSet(covered) == filter.types {
            parts.append("family: \(flow(families.map { "\($0)" }))")
        } else {
            parts.append("type: \(flow(EventType.allCases.filter { filter.types.contains($0) }.map(\.name)))")
        }
        if !filter.restrictions.isEmpty {
            let tests = filter.restrictions.map { restriction in
                switch restriction {
                case .text(let dimension, let values): "\(dimension.rawValue): \(flow(values.map { quoted($0) }))"
                case .rating(let test): "rating: \(text(test))"
                case .amount(let test): "amount: \(text(test))"
                }
            }
            parts.append("where: {\(tests.joined(separator: ", "))}")
        }
        return parts
    }

    private func parts(_ window: Window) -> [String] {
        switch window {
        case .ever: return []
        case .within(let length): return ["within: \(Length.text(length))"]
        case .days(let days): return ["days: \(days)"]
        case .between(_, _, let promotion?) where !isCanonical: return ["campaign: \(promotion)"]
        case .between(let since, let until, _):
            var parts: [String] = []
            if since != .min { parts.append("since: \(instant(since))") }
            if until != .max { parts.append("until: \(instant(until))") }
            return parts
        }
    }

    // MARK: - Values

    private func parts(_ bounds: Bounds<Int64>, _ kind: Measure.Kind) -> [String] {
        let decimals = kind == .amount ? 2 : kind == .duration ? 3 : 0
        return parts(bounds) { Decimal.text($0, decimals: decimals) }
    }

    private func parts(_ bounds: Bounds<Double>) -> [String] {
        [("at_least", bounds.atLeast), ("at_most", bounds.atMost)].compactMap { name, value in
            value.map { "\(name): \(number($0))" }
        }
    }

    private func parts(_ bounds: Bounds<Int64>, _ text: (Int64) -> String) -> [String] {
        if let value = bounds.atLeast, value == bounds.atMost { return ["exactly: \(text(value))"] }
        return [("at_least", bounds.atLeast), ("at_most", bounds.atMost)].compactMap { name, value in
            value.map { "\(name): \(text($0))" }
        }
    }

    private func text(_ test: NumberTest) -> String {
        switch test {
        case .oneOf(let values): return flow(values.map { Decimal.text($0, decimals: 2) })
        case .within(let bounds):
            let parts = [("at_least", bounds.atLeast), ("at_most", bounds.atMost)].compactMap { name, value in
                value.map { "\(name): \(Decimal.text($0, decimals: 2))" }
            }
            return "{\(parts.joined(separator: ", "))}"
        }
    }

    private func text(_ test: AttributeTest) -> String {
        switch test {
        case .exists: return "exists: true"
        case .absent: return "exists: false"
        case .number(let bounds): return parts(bounds).joined(separator: ", ")
        case .oneOf(let values):
            let texts = values.map { value in
                switch value {
                case .number(let number): self.number(number)
                case .boolean(let boolean): "\(boolean)"
                // In quotes, so that it stays text whatever it looks like.
                case .text(let text): escaped(text)
                }
            }
            return texts.count == 1 ? "is: \(texts[0])" : "in: [\(texts.joined(separator: ", "))]"
        }
    }

    private func flow(_ values: [String]) -> String {
        values.count == 1 ? values[0] : "[\(values.joined(separator: ", "))]"
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
    }

    private func instant(_ milliseconds: Int64) -> String {
        if !isCanonical, let written = document.written[milliseconds] { return written }
        let text = Written.isoInstant(milliseconds)
        return milliseconds % 1000 == 0 ? text.replacing(".000", with: "") : text
    }

    /// Plain where that is safe, else in double quotes.
    private func quoted(_ text: String) -> String {
        let isSafe = text.unicodeScalars.allSatisfy { scalar in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" || scalar == "-"
        }
        let isWord = text.unicodeScalars.first.map { $0.properties.isAlphabetic } ?? false
        let isReserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
        return isSafe && isWord && !isReserved ? text : escaped(text)
    }

    private func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value):
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

/// The comments of a document, by the item they stand in or above.
private struct Comments {
    private(set) var heading: [String] = []
    private(set) var end: [String] = []
    private var items: [String: [Int: [String]]] = [:]

    init(_ text: String) {
        let comments = Self.comments(text)
        guard !comments.isEmpty, let root = try? Yams.compose(yaml: text), case .mapping(let sections) = root else {
            return
        }
        /// Where each item ends, in the order of the text.
        var ends: [(section: String, index: Int, line: Int)] = []
        var first = Int.max
        for (key, value) in sections {
            guard let section = key.scalar?.string, let items = value.sequence else { continue }
            first = min(first, key.mark?.line ?? .max)
            for (index, item) in items.enumerated() { ends.append((section, index, Self.lastLine(item))) }
        }
        ends.sort { $0.line < $1.line }
        for (line, comment) in comments {
            if line < first {
                heading.append(comment)
            } else if let item = ends.first(where: { $0.line >= line }) {
                items[item.section, default: [:]][item.index, default: []].append(comment)
            } else {
                end.append(comment)
            }
        }
    }

    func above(_ section: String, _ index: Int) -> [String] { items[section]?[index] ?? [] }

    private static func lastLine(_ node: Node) -> Int {
        let children: [Node] =
            switch node {
            case .mapping(let mapping): mapping.flatMap { [$0.key, $0.value] }
            case .sequence(let sequence): Array(sequence)
            case .scalar, .alias: []
            }
        return children.reduce(node.mark?.line ?? 0) { max($0, lastLine($1)) }
    }

    /// Every `#` that begins a comment, with its line, counted from 1.
    private static func comments(_ text: String) -> [(line: Int, comment: String)] {
        var result: [(line: Int, comment: String)] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var quote: Character?
            var before: Character = " "
            var last: Character = ":"
            for index in line.indices {
                let character = line[index]
                if let open = quote {
                    if character == open, !(open == "\"" && before == "\\") { quote = nil }
                } else if character == "#", before == " " || before == "\t" {
                    var comment = String(line[index...])
                    while comment.last?.isWhitespace == true { comment.removeLast() }
                    result.append((number + 1, comment))
                    break
                } else if character == "\"" || character == "'", ":,[{-".contains(last) {
                    quote = character
                }
                before = character
                if !character.isWhitespace { last = character }
            }
        }
        return result
    }
}
