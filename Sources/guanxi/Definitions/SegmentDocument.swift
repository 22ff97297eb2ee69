import Decoding
import Interactions
import Profiles
import Scoring
import Segments
import Yams

/// A promotion (大促): a name for the time between two instants.
struct Promotion: Equatable, Sendable {
    var id: String
    var name: String
    /// Unix ms, half-open.
    var from: Int64
    var until: Int64
}

/// Segments and promotions as a YAML document. Every mistake is told at once, and nothing of it is ever run as anything
/// but the tree it was read into.
struct SegmentDocument: YAMLDocument {
    private(set) var promotions: [Promotion] = []
    var segments: [Segment] = []
    var problems: [Problem] = []
    let path: String
    /// How instants were written, with the offset people think in.
    private(set) var written: [Int64: String] = [:]
    private let rules: FoldRules
    /// Where each segment names another: for those that do not exist.
    private var references: [(from: String, to: String, node: Node)] = []
    private var places: [String: Node] = [:]
    private var conditions = 0

    /// - Parameters:
    ///   - path: for messages.
    ///   - rules: how many events the timeline keeps bounds what may be asked.
    /// - Throws: `DocumentError` with every problem.
    static func read(_ text: String, path: String, _ rules: FoldRules) throws(DocumentError) -> SegmentDocument {
        let document = SegmentDocument(text, path, rules)
        if !document.problems.isEmpty {
            throw DocumentError(what: "definition document", problems: document.problems)
        }
        return document
    }

    static let sections = ["promotions", "segments"]

    /// Whether a text is, right or wrong, one of these: it has one of the sections.
    static func isMeant(by text: String) -> Bool {
        guard text.utf8.count <= 1 << 20, let root = try? Yams.compose(yaml: text), case .mapping(let mapping) = root
        else { return false }
        return mapping.keys.contains { $0.scalar.map { sections.contains($0.string) } ?? false }
    }

    private init(_ text: String, _ path: String, _ rules: FoldRules) {
        self.path = path
        self.rules = rules
        guard let root = compose(text) else { return }
        guard case .mapping(let sections) = root else {
            refuse("", root, "must be a mapping with `segments:` and, if wanted, `promotions:`")
            return
        }
        var given: [String: Node] = [:]
        each(sections, "", accepted: Self.sections) { _, name, node in given[name] = node }
        // Windows name promotions, wherever they are written.
        if let node = given["promotions"] { readPromotions(node) }
        if let node = given["segments"] { readSegments(node) }
        checkReferences()
    }

    // MARK: - Promotions

    private mutating func readPromotions(_ node: Node) {
        for item in list("promotions", node) ?? [] {
            guard case .mapping(let mapping) = item else {
                refuse("promotions", item, "each must be {id, name, from, until}")
                continue
            }
            var (id, name): (String?, String?)
            var (from, until): (Int64?, Int64?)
            each(mapping, "promotions.", accepted: ["id", "name", "from", "until"]) { document, key, node in
                switch key {
                case "id": id = document.identifier("id", node)
                case "name": name = document.text("name", node)
                case "from": from = document.instant("from", node)
                default: until = document.instant("until", node)
                }
            }
            for (key, isGiven) in [
                ("id", mapping["id"]), ("from", mapping["from"]), ("until", mapping["until"]),
            ] where isGiven == nil { refuse("promotions.\(key)", item, "must be given") }
            guard let id, let from, let until else { continue }
            if from >= until { refuse("promotions.until", mapping["until"]!, "must be later than `from`") }
            if promotions.contains(where: { $0.id == id }) {
                refuse("promotions.id", mapping["id"]!, "is given more than once")
            }
            promotions.append(Promotion(id: id, name: name ?? id, from: from, until: until))
        }
    }

    // MARK: - Segments

    private mutating func readSegments(_ node: Node) {
        guard let items = list("segments", node) else { return }
        if items.count > Segment.most {
            refuse("segments", node, "are \(items.count); at most \(Segment.most) are accepted")
            return
        }
        for item in items {
            guard case .mapping(let mapping) = item else {
                refuse("segments", item, "each must be {id, name, when}")
                continue
            }
            var id: String?
            var name: String?
            var condition: Condition?
            if let node = mapping["id"] { id = identifier("id", node) } else { refuse("id", item, "must be given") }
            if mapping["when"] == nil { refuse("when", item, "must be given: the condition of the segment") }
            conditions = 0
            each(mapping, "", accepted: ["id", "name", "when"]) { document, key, node in
                switch key {
                case "name": name = document.text("name", node)
                case "when": condition = document.condition(node, depth: 1, of: id ?? "")
                default: break
                }
            }
            if conditions > Segment.mostConditions {
                refuse("when", item, "has \(conditions) conditions; at most \(Segment.mostConditions) are accepted")
            }
            guard let id else { continue }
            if places[id] != nil { refuse("id", mapping["id"]!, "is given more than once") }
            places[id] = mapping["id"]
            if let condition { segments.append(Segment(id: id, name: name ?? id, condition: condition)) }
        }
    }

    private mutating func checkReferences() {
        for reference in references where places[reference.to] == nil {
            let near = NearestName.of(reference.to, among: places.keys.sorted()).map { "did you mean \($0)?" }
            refuse("segment", reference.node, near ?? "no segment of this document has the id")
        }
        for reference in references where reference.from == reference.to {
            refuse("segment", reference.node, "a segment cannot ask for itself")
        }
        if problems.isEmpty, let cycle = self.cycle {
            refuse("segment", places[cycle[0]]!, "is a cycle: \((cycle + [cycle[0]]).joined(separator: " → "))")
        }
    }

    /// A way through segments that name one another, back to where it began: among what has no order, whoever walks on
    /// from one to the next comes round.
    private var cycle: [String]? {
        let ordered = Set(segments.inOrder.map(\.id))
        let rest = Dictionary(uniqueKeysWithValues: segments.filter { !ordered.contains($0.id) }.map { ($0.id, $0) })
        guard var id = rest.keys.min() else { return nil }
        var path: [String] = []
        while !path.contains(id) {
            path.append(id)
            id = rest[id]!.condition.named.first { rest[$0] != nil }!
        }
        return Array(path[path.firstIndex(of: id)!...])
    }

    // MARK: - Conditions

    private mutating func condition(_ node: Node, depth: Int, of segment: String) -> Condition? {
        conditions += 1
        if depth > Segment.deepest {
            refuse("when", node, "conditions are nested deeper than \(Segment.deepest)")
            return nil
        }
        let names = ConditionForm.all.map(\.name)
        guard case .mapping(let mapping) = node, mapping.count == 1,
            let (key, value) = mapping.first(where: { _ in true }),
            let name = scalar(key)
        else {
            refuse("when", node, "must be one condition: \(names.joined(separator: ", "))")
            return nil
        }
        guard let form = ConditionForm.named(name) else {
            let near = NearestName.of(name, among: names).map { "did you mean \($0)?" }
            problems.append(
                Problem(
                    name, place(key), "unknown condition; " + (near ?? "accepted: \(names.joined(separator: ", "))")))
            return nil
        }
        switch form.name {
        case "all", "any":
            guard let items = list(form.name, value) else { return nil }
            if items.isEmpty { refuse(form.name, value, "must have one condition or more") }
            let children = items.map { condition($0, depth: depth + 1, of: segment) }
            let complete = children.compactMap(\.self)
            if complete.count < children.count { return nil }
            return form.name == "all" ? .all(complete) : .any(complete)
        case "not":
            return condition(value, depth: depth + 1, of: segment).map { .not($0) }
        case "segment":
            guard let id = identifier("segment", value) else { return nil }
            references.append((segment, id, value))
            return .segment(id)
        default:
            if let ladder = Standing.Ladder(rawValue: form.name) { return standing(ladder, value) }
            guard case .mapping(let keys) = value else {
                refuse(form.name, value, "must be a mapping, as in \(form.example)")
                return nil
            }
            var given: [String: Node] = [:]
            each(keys, "\(form.name).", accepted: form.keys.map(\.name)) { _, name, node in given[name] = node }
            return leaf(form, given, value)
        }
    }

    private mutating func leaf(_ form: ConditionForm, _ given: [String: Node], _ node: Node) -> Condition? {
        switch form.name {
        case "count", "sum", "distinct":
            let measure = measure(form.name, given, node)
            let isMoney = form.name == "sum" && given["of"].flatMap { scalar($0) } == "amount"
            let unit = measure.map { Self.unit(of: $0.kind) } ?? (isMoney ? 100 : 1)
            guard let bounds = integerBounds(form.name, given, node, unit: unit), let measure else { return nil }
            checkHorizon(measure, bounds, node)
            return .measure(measure, bounds)
        case "ratio":
            let (of, to) = (side("of", given, node), side("to", given, node))
            guard let bounds = bounds(form.name, given, node), let of, let to else { return nil }
            return .ratio(of, to, bounds)
        case "sequence": return sequence(given, node)
        case "absent":
            let after = required("after", given, node).flatMap { eventFilter("after", $0) }
            let then = required("then", given, node).flatMap { eventFilter("then", $0) }
            let length = required("for", given, node).flatMap { duration("for", $0) }
            guard let after, let then, let length else { return nil }
            return .absent(after: after, then: then, longerThan: length)
        case "last":
            let filter = eventFilter(form.name, given, node)
            let older = given["older_than"].map { duration("older_than", $0) }
            let newer = given["newer_than"].map { duration("newer_than", $0) }
            if older == nil && newer == nil { refuse("last", node, "needs older_than, newer_than, or both") }
            if let older, let older, let newer, let newer, older >= newer {
                refuse("last.newer_than", given["newer_than"]!, "must be more than older_than")
            }
            guard let filter, older != .some(nil), newer != .some(nil) else { return nil }
            return .last(filter, olderThan: older ?? nil, newerThan: newer ?? nil)
        case "score":
            let score = required("name", given, node).flatMap { readScore("name", $0) }
            guard let bounds = bounds(form.name, given, node), let score else { return nil }
            return .score(score, bounds)
        case "percentile":
            let score = required("score", given, node).flatMap { readScore("score", $0) }
            if (given["top"] == nil) == (given["bottom"] == nil) {
                refuse("percentile", node, "needs one of top and bottom, such as top: 5%")
                return nil
            }
            let isTop = given["top"] != nil
            guard let share = share(isTop ? "top" : "bottom", given["top"] ?? given["bottom"]!), let score else {
                return nil
            }
            return .percentile(score, Share(isTop: isTop, permille: share))
        case "tag":
            let name = required("name", given, node).flatMap { text("name", $0) }
            var exists = true
            if let node = given["exists"] { exists = boolean("exists", node) ?? true }
            return name.map { .tag($0, exists: exists) }
        default: return attribute(given, node)
        }
    }

    // MARK: - Measures

    private mutating func measure(_ name: String, _ given: [String: Node], _ node: Node) -> Measure? {
        var kind: Measure.Kind? = name == "count" ? .count : nil
        if name != "count", let of = required("of", given, node) {
            kind = name == "sum" ? sum(of) : dimension(of)
        }
        let filter = eventFilter(name, given, node)
        let window = window(given, node)
        if case .days = window, filter?.restrictions.isEmpty == false {
            refuse("\(name).days", given["days"]!, "takes no `where`: days are counted; use within")
        }
        guard let kind, let filter, let window else { return nil }
        return Measure(kind, filter, window)
    }

    private mutating func sum(_ node: Node) -> Measure.Kind? {
        switch scalar(node) {
        case "amount": return .amount
        case "quantity": return .quantity
        case "duration_s": return .duration
        default:
            refuse("sum.of", node, "accepted: \(ConditionForm.sums.joined(separator: ", "))")
            return nil
        }
    }

    private mutating func dimension(_ node: Node) -> Measure.Kind? {
        guard let name = scalar(node), ConditionForm.dimensions.contains(name) else {
            refuse("distinct.of", node, "accepted: \(ConditionForm.dimensions.joined(separator: ", "))")
            return nil
        }
        return name == "day" ? .distinctDays : .distinct(Dimension(rawValue: name)!)
    }

    /// One side of a ratio.
    private mutating func side(_ key: String, _ given: [String: Node], _ node: Node) -> Measure? {
        guard let node = required(key, given, node) else { return nil }
        guard case .mapping(let mapping) = node, mapping.count == 1,
            let (name, value) = mapping.first(where: { _ in true }),
            let name = scalar(name), name == "count" || name == "sum", case .mapping(let keys) = value
        else {
            refuse("ratio.\(key)", node, "must be {count: {…}} or {sum: {…}}")
            return nil
        }
        var given: [String: Node] = [:]
        let accepted = ConditionForm.filter + ConditionForm.window + (name == "sum" ? [ConditionForm.of] : [])
        each(keys, "ratio.\(key).", accepted: accepted.map(\.name)) { _, name, node in given[name] = node }
        return measure(name, given, value)
    }

    private mutating func sequence(_ given: [String: Node], _ node: Node) -> Condition? {
        var steps: [EventFilter] = []
        if let node = required("steps", given, node), let items = list("steps", node) {
            if !(2...5).contains(items.count) {
                refuse("sequence.steps", node, "are \(items.count); accepted: two to five")
            }
            steps = items.compactMap { eventFilter("steps", $0) }
            if steps.count < items.count { steps = [] }
        }
        let gap = given["gap"].map { duration("gap", $0) }
        guard let window = window(given, node), !steps.isEmpty, gap != .some(nil) else { return nil }
        return .sequence(steps, gap: gap ?? nil, window)
    }

    /// What the timeline cannot answer is refused, with the setting that would make it.
    private mutating func checkHorizon(_ measure: Measure, _ bounds: Bounds<Int64>, _ node: Node) {
        guard measure.kind == .count else { return }
        switch measure.window {
        case .days: return
        case .ever where measure.filter.restrictions.isEmpty: return
        default: break
        }
        let needed = max(bounds.atLeast ?? 0, bounds.atMost.map { $0 + 1 } ?? 0)
        for type in EventType.allCases where measure.filter.types.contains(type) {
            let kept = rules.keep(type)
            if needed > kept {
                let isLong = [.ask, .messageSent, .pointsRedeem, .pointsAdjust].contains(type)
                let setting = isLong ? Settings.keepLong.entry.key : Settings.keep.entry.key
                refuse(
                    "count", node,
                    "needs \(needed) events of \(type.name), and the timeline keeps \(kept): count calendar days "
                        + "(days: N) or raise \(setting)")
                return
            }
        }
    }

    // MARK: - Filters and windows

    private mutating func eventFilter(_ key: String, _ node: Node) -> EventFilter? {
        guard case .mapping(let mapping) = node else {
            refuse(key, node, "must be an event filter, such as {type: purchase}")
            return nil
        }
        var given: [String: Node] = [:]
        each(mapping, "\(key).", accepted: ConditionForm.filter.map(\.name)) { _, name, node in given[name] = node }
        return eventFilter(key, given, node)
    }

    private mutating func eventFilter(_ key: String, _ given: [String: Node], _ node: Node) -> EventFilter? {
        guard (given["type"] == nil) != (given["family"] == nil) else {
            refuse(key, node, "needs either type or family")
            return nil
        }
        var types: EventTypeSet? = EventTypeSet()
        let isType = given["type"] != nil
        for item in oneOrMore(given["type"] ?? given["family"]!) {
            guard let found = isType ? type(item) : family(item) else {
                types = nil
                continue
            }
            types = types?.union(found)
        }
        var restrictions: [Restriction]? = []
        if let node = given["where"] { restrictions = readRestrictions(node) }
        guard let types, let restrictions else { return nil }
        return EventFilter(types, where: restrictions)
    }

    private mutating func type(_ node: Node) -> EventTypeSet? {
        let accepted = EventType.catalogue.filter { $0.type.isTimeline }
        guard let name = scalar(node), let found = accepted.first(where: { $0.names.contains(name) }) else {
            let names = accepted.flatMap(\.names)
            let near = scalar(node).flatMap { NearestName.of($0, among: names) }.map { "did you mean \($0)?" }
            refuse(
                "type", node, near ?? "accepted: an event type, such as purchase; guanxi definitions forms lists them")
            return nil
        }
        return EventTypeSet([found.type])
    }

    private mutating func family(_ node: Node) -> EventTypeSet? {
        let accepted = Family.allCases.filter { $0 != .identity && $0 != .record }
        guard let name = scalar(node), let found = accepted.first(where: { "\($0)" == name }) else {
            refuse("family", node, "accepted: \(accepted.map { "\($0)" }.joined(separator: ", "))")
            return nil
        }
        return EventTypeSet(EventType.allCases.filter { $0.family == found && $0.isTimeline })
    }

    private mutating func readRestrictions(_ node: Node) -> [Restriction]? {
        guard case .mapping(let mapping) = node else {
            refuse("where", node, "must be a mapping, such as {channel: wechat}")
            return nil
        }
        var restrictions: [Restriction] = []
        var isComplete = true
        let accepted = Dimension.allCases.map(\.rawValue) + ["rating", "amount"]
        each(mapping, "where.", accepted: accepted) { document, name, node in
            if let dimension = Dimension(rawValue: name) {
                let values = document.oneOrMore(node).map { document.text("where.\(name)", $0) }
                if values.contains(nil) { isComplete = false }
                restrictions.append(.text(dimension, values.compactMap(\.self)))
            } else if let test = document.numberTest("where.\(name)", node) {
                restrictions.append(name == "rating" ? .rating(test) : .amount(test))
            } else {
                isComplete = false
            }
        }
        return isComplete ? restrictions : nil
    }

    private mutating func numberTest(_ key: String, _ node: Node) -> NumberTest? {
        if case .mapping(let mapping) = node {
            var given: [String: Node] = [:]
            each(mapping, "\(key).", accepted: ["at_least", "at_most"]) { _, name, node in given[name] = node }
            return integerBounds(key, given, node, unit: 100).map { .within($0) }
        }
        let values = oneOrMore(node).map { scaled(key, $0, 100) }
        return values.contains(nil) ? nil : .oneOf(values.compactMap(\.self))
    }

    private mutating func window(_ given: [String: Node], _ node: Node) -> Window? {
        let kinds = ["within", "days", "campaign"].filter { given[$0] != nil }
        let isBetween = given["since"] != nil || given["until"] != nil
        if kinds.count + (isBetween ? 1 : 0) > 1 {
            refuse("window", node, "at most one of within, days, since and until, campaign")
            return nil
        }
        if let node = given["within"] { return duration("within", node).map { .within($0) } }
        if let node = given["days"] { return integer("days", node, 1...DayTable.days).map { .days($0) } }
        if let node = given["campaign"] {
            guard let id = identifier("campaign", node) else { return nil }
            guard let found = promotions.first(where: { $0.id == id }) else {
                let near = NearestName.of(id, among: promotions.map(\.id)).map { "did you mean \($0)?" }
                refuse("campaign", node, near ?? "no promotion of this document has the id")
                return nil
            }
            return .between(found.from, found.until, promotion: id)
        }
        if !isBetween { return .ever }
        let since = given["since"].map { instant("since", $0) } ?? .min
        let until = given["until"].map { instant("until", $0) } ?? .max
        guard let since, let until else { return nil }
        if since >= until {
            refuse("until", given["until"]!, "must be later than since")
            return nil
        }
        return .between(since, until)
    }

    // MARK: - Rungs and attributes

    private mutating func standing(_ ladder: Standing.Ladder, _ node: Node) -> Condition? {
        func rung(_ node: Node) -> Int? {
            guard let name = scalar(node), let index = ladder.names.firstIndex(of: name) else {
                refuse(ladder.rawValue, node, "accepted: \(ladder.names.joined(separator: ", "))")
                return nil
            }
            return index
        }
        if case .mapping(let mapping) = node {
            guard ladder.isOrdered, mapping.count == 1, let bound = mapping["at_least"] else {
                refuse(
                    ladder.rawValue, node,
                    ladder.isOrdered ? "must be a list, or {at_least: …}" : "must be a list: stages have no order")
                return nil
            }
            guard let least = rung(bound) else { return nil }
            let rungs = (least..<ladder.names.count).reduce(UInt16(0)) { $0 | 1 << UInt16($1) }
            return .standing(Standing(ladder, rungs: rungs))
        }
        let items = oneOrMore(node)
        if items.isEmpty { refuse(ladder.rawValue, node, "must name one or more") }
        let found = items.map { rung($0) }
        if found.contains(nil) || found.isEmpty { return nil }
        return .standing(Standing(ladder, rungs: found.reduce(0) { $0 | 1 << UInt16($1!) }))
    }

    private mutating func attribute(_ given: [String: Node], _ node: Node) -> Condition? {
        let name = required("name", given, node).flatMap { text("name", $0) }
        let tests = ["is", "in", "exists"].filter { given[$0] != nil }
        let isBounded = given["at_least"] != nil || given["at_most"] != nil
        guard tests.count + (isBounded ? 1 : 0) == 1 else {
            refuse("attribute", node, "needs one of is, in, exists, at_least and at_most")
            return nil
        }
        let test: AttributeTest?
        if let node = given["is"] {
            test = value("is", node).map { .oneOf([$0]) }
        } else if let node = given["in"] {
            let values = list("in", node)?.map { value("in", $0) } ?? [nil]
            if values.isEmpty { refuse("in", node, "must have one value or more") }
            test = values.isEmpty || values.contains(nil) ? nil : .oneOf(values.compactMap(\.self))
        } else if let node = given["exists"] {
            test = boolean("exists", node).map { $0 ? .exists : .absent }
        } else {
            test = bounds("attribute", given, node).map { .number($0) }
        }
        guard let name, let test else { return nil }
        return .attribute(name, test)
    }

    // MARK: - Bounds

    private static func unit(of kind: Measure.Kind) -> Int64 {
        switch kind {
        case .amount: 100
        case .duration: 1000
        case .count, .quantity, .distinct, .distinctDays: 1
        }
    }

    /// One or both of at_least and at_most, or exactly; in so many parts of what is written.
    private mutating func integerBounds(
        _ key: String, _ given: [String: Node], _ node: Node, unit: Int64
    ) -> Bounds<Int64>? {
        if let exactly = given["exactly"] {
            if given["at_least"] != nil || given["at_most"] != nil {
                refuse("\(key).exactly", exactly, "stands alone")
                return nil
            }
            return scaled("\(key).exactly", exactly, unit).map { .exactly($0) }
        }
        let least = given["at_least"].map { scaled("\(key).at_least", $0, unit) }
        let most = given["at_most"].map { scaled("\(key).at_most", $0, unit) }
        if least == nil && most == nil {
            refuse(key, node, "needs at_least, at_most" + (key.hasPrefix("where") ? "" : " or exactly"))
            return nil
        }
        if least == .some(nil) || most == .some(nil) { return nil }
        let bounds = Bounds(atLeast: least ?? nil, atMost: most ?? nil)
        if let least = bounds.atLeast, let most = bounds.atMost, least > most {
            refuse("\(key).at_most", given["at_most"]!, "must not be less than at_least")
            return nil
        }
        return bounds
    }

    private mutating func bounds(_ key: String, _ given: [String: Node], _ node: Node) -> Bounds<Double>? {
        let range = -1e12...1e12
        let least = given["at_least"].map { number("\(key).at_least", $0, range) }
        let most = given["at_most"].map { number("\(key).at_most", $0, range) }
        if least == nil && most == nil {
            refuse(key, node, "needs at_least, at_most, or both")
            return nil
        }
        if least == .some(nil) || most == .some(nil) { return nil }
        let bounds = Bounds(atLeast: least ?? nil, atMost: most ?? nil)
        if let least = bounds.atLeast, let most = bounds.atMost, least > most {
            refuse("\(key).at_most", given["at_most"]!, "must not be less than at_least")
            return nil
        }
        return bounds
    }

    // MARK: - Scalars

    private mutating func required(_ key: String, _ given: [String: Node], _ node: Node) -> Node? {
        if given[key] == nil { refuse(key, node, "must be given") }
        return given[key]
    }

    private mutating func list(_ key: String, _ node: Node) -> [Node]? {
        if case .sequence(let sequence) = node { return Array(sequence) }
        refuse(key, node, "must be a list")
        return nil
    }

    private func oneOrMore(_ node: Node) -> [Node] {
        if case .sequence(let sequence) = node { Array(sequence) } else { [node] }
    }

    private mutating func identifier(_ key: String, _ node: Node) -> String? {
        let accepted = "abcdefghijklmnopqrstuvwxyz0123456789_"
        guard let text = scalar(node), (1...Segment.longestID).contains(text.utf8.count),
            text.allSatisfy({ accepted.contains($0) })
        else {
            refuse(key, node, "accepted: 1 to \(Segment.longestID) of a to z, 0 to 9 and _")
            return nil
        }
        return text
    }

    private mutating func text(_ key: String, _ node: Node) -> String? {
        guard let text = scalar(node), !text.isEmpty, text.utf8.count <= 1024 else {
            refuse(key, node, "must be text of at most 1,024 bytes")
            return nil
        }
        return text
    }

    private mutating func boolean(_ key: String, _ node: Node) -> Bool? {
        switch scalar(node) {
        case "true": return true
        case "false": return false
        default:
            refuse(key, node, "accepted: true, false")
            return nil
        }
    }

    /// `90s`, `15m`, `3h`, `7d`, `26w`, in milliseconds.
    private mutating func duration(_ key: String, _ node: Node) -> Int64? {
        if let text = scalar(node), let unit = Length.units.first(where: { text.hasSuffix($0.name) }),
            let count = Int64(text.dropLast()), count > 0, count <= Length.most / unit.milliseconds,
            text.first?.isNumber == true
        {
            return count * unit.milliseconds
        }
        refuse(key, node, "accepted: a whole number of s, m, h, d or w, such as 90s or 7d, above 0 and up to 10 years")
        return nil
    }

    private mutating func instant(_ key: String, _ node: Node) -> Int64? {
        if let text = scalar(node) {
            let bytes = Array(text.utf8)
            if let instant = Timestamp.parse(bytes.span) {
                written[instant] = text
                return instant
            }
        }
        refuse(key, node, "accepted: an instant with offset, such as 2026-11-11T00:00:00+08:00")
        return nil
    }

    /// A decimal as a whole number of parts: with two decimals at most in hundredths.
    private mutating func scaled(_ key: String, _ node: Node, _ parts: Int64) -> Int64? {
        let decimals = parts == 1 ? 0 : parts == 100 ? 2 : 3
        if let text = scalar(node), let value = Decimal.read(text, decimals: decimals) { return value }
        refuse(
            key, node,
            decimals == 0 ? "accepted: a whole number" : "accepted: a number with at most \(decimals) decimals")
        return nil
    }

    private mutating func share(_ key: String, _ node: Node) -> Int? {
        if let text = scalar(node), text.hasSuffix("%"),
            let permille = Decimal.read(String(text.dropLast()), decimals: 1),
            (1...999).contains(permille)
        {
            return Int(permille)
        }
        refuse(key, node, "accepted: 0.1% to 99.9%")
        return nil
    }

    private mutating func readScore(_ key: String, _ node: Node) -> Score? {
        if let name = scalar(node), let score = Score.named(name) { return score }
        let names = Score.all.map(\.name)
        let near = scalar(node).flatMap { NearestName.of($0, among: names) }.map { "did you mean \($0)?" }
        refuse(key, node, near ?? "accepted: \(names.joined(separator: ", "))")
        return nil
    }

    /// By the core schema of YAML 1.2: what is quoted is text.
    private mutating func value(_ key: String, _ node: Node) -> AttributeValue? {
        guard case .scalar(let scalar) = node else {
            refuse(key, node, "must be text, a number, true or false")
            return nil
        }
        if scalar.style != .plain && scalar.style != .any { return .text(scalar.string) }
        switch scalar.string {
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case "null", "Null", "NULL", "~", "":
            refuse(key, node, "must be text, a number, true or false; exists: false asks for a missing one")
            return nil
        default:
            let isNumber = scalar.string.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
            if isNumber, let number = Double(scalar.string), number.isFinite { return .number(number) }
            return .text(scalar.string)
        }
    }
}

/// Lengths of time as the language writes them.
enum Length {
    static let units: [(name: String, milliseconds: Int64)] = [
        ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
    ]
    /// Ten years.
    static let most: Int64 = 3650 * 86_400_000

    /// In the largest unit that divides it; in weeks from half a year on, as people count.
    static func text(_ milliseconds: Int64) -> String {
        let units = milliseconds < 26 * units[0].milliseconds ? units[1...] : units[...]
        let unit = units.first { milliseconds % $0.milliseconds == 0 } ?? ("s", 1000)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// Decimals that are kept as whole numbers.
enum Decimal {
    /// `12.5` with two decimals is 1250; nil for anything else, and for more than twelve digits before the point.
    static func read(_ text: String, decimals: Int) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let parts = text.dropFirst(isNegative ? 1 : 0).split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), (1...12).contains(parts[0].count),
            parts.allSatisfy({ $0.allSatisfy { $0.isASCII && $0.isNumber } })
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        if fraction.count > decimals || (parts.count == 2 && fraction.isEmpty) { return nil }
        let digits = parts[0] + fraction + String(repeating: "0", count: decimals - fraction.count)
        return Int64(digits).map { isNegative ? -$0 : $0 }
    }

    static func text(_ value: Int64, decimals: Int) -> String {
        var digits = String(value.magnitude)
        while digits.count <= decimals { digits = "0" + digits }
        let whole = digits.dropLast(decimals)
        var fraction = digits.suffix(decimals)
        while fraction.last == "0" { fraction.removeLast() }
        return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }
}
