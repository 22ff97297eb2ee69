import Interactions
import Scoring
import Yams

/// The scoring model as a YAML document: what is not written keeps its default, and every mistake is told at once.
struct ModelDocument: YAMLDocument {
    private(set) var model = ScoringModel.standard
    var problems: [Problem] = []
    let path: String
    private var places: [String: Place] = [:]

    /// - Parameter path: for messages.
    /// - Throws: `DocumentError` with every problem.
    static func read(_ text: String, path: String) throws(DocumentError) -> ScoringModel {
        let document = ModelDocument(text, path: path)
        if !document.problems.isEmpty { throw DocumentError(what: "scoring model", problems: document.problems) }
        return document.model
    }

    /// What a document is recognised by.
    static func checksum(_ text: String) -> String {
        String(HashKey.standard.identity(Array(text.utf8).span), radix: 16)
    }

    private init(_ text: String, path: String) {
        self.path = path
        guard let root = compose(text) else { return }
        guard case .mapping(let sections) = root else {
            problems.append(Problem("", place(root), "must be a mapping of sections, such as engagement:"))
            return
        }
        each(sections, "", accepted: ModelField.sections) { document, section, node in
            guard case .mapping(let names) = node else {
                document.problems.append(
                    Problem(section, document.place(node), "must be a section with names below it"))
                return
            }
            let fields = ModelField.all.filter { $0.section == section }
            document.each(names, "\(section).", accepted: fields.map(\.name)) { document, name, node in
                let field = fields.first { $0.name == name }!
                document.places[field.key] = document.place(node)
                document.read(field, node)
            }
        }
        let given = sections.keys.compactMap { $0.scalar?.string }
        // A section lost in an edit must not bring the defaults back unnoticed.
        for section in ModelField.sections where !given.contains(section) {
            problems.append(
                Problem(section, .document(path), "the section is missing; `\(section): {}` takes its defaults"))
        }
        if problems.isEmpty { checkRelations() }
    }

    // MARK: - Fields

    private mutating func read(_ field: ModelField, _ node: Node) {
        switch field.target {
        case .number(let path, let range):
            if let value = number(field.key, node, range) { model[keyPath: path] = value }
        case .integer(let path, let range):
            if let value = integer(field.key, node, range) { model[keyPath: path] = value }
        case .threshold(let path):
            if let value = number(field.key, node, 0...1e12) {
                // Kept in hundredths until it is known whether it is money or points.
                model[keyPath: path] = Int64((value * 100).rounded(.toNearestOrEven))
            }
        case .basis:
            switch scalar(node) {
            case "spend": model.tiers.basis = .spend
            case "points": model.tiers.basis = .points
            default: refuse(field.key, node, "accepted: spend, points")
            }
        case .weights(let path, let types):
            readWeights(field.key, node, types) { $0.model[keyPath: path][Int($1.rawValue)] = $2 }
        case .channels:
            guard case .mapping(let mapping) = node else {
                return refuse(field.key, node, "must be a mapping of channels to factors")
            }
            for (key, value) in mapping {
                guard let name = scalar(key) else { continue }
                if let factor = number("\(field.key).\(name)", value, 0...1000) { model.channels[name] = factor }
            }
        case .points: readPoints(field.key, node)
        }
    }

    private mutating func readWeights(
        _ key: String, _ node: Node, _ types: EventTypeSet, _ set: (inout ModelDocument, EventType, Double) -> Void
    ) {
        guard case .mapping(let mapping) = node else {
            return refuse(key, node, "must be a mapping of event types to weights")
        }
        let accepted = EventType.catalogue.filter { types.contains($0.type) }
        each(mapping, "\(key).", accepted: accepted.flatMap(\.names)) { document, name, node in
            let type = accepted.first { $0.names.contains(name) }!.type
            if let weight = document.number("\(key).\(name)", node, 0...1000) { set(&document, type, weight) }
        }
    }

    // MARK: - Points

    private mutating func readPoints(_ key: String, _ node: Node) {
        guard case .mapping(let mapping) = node else {
            return refuse(key, node, "must be a mapping of event types to rules")
        }
        var rules: [PointsRule] = []
        let earning = EventType.catalogue.filter {
            $0.type.isTimeline && ![.referralConverted, .pointsRedeem, .pointsAdjust, .refund].contains($0.type)
        }
        each(mapping, "\(key).", accepted: earning.flatMap(\.names)) { document, name, node in
            let type = earning.first { $0.names.contains(name) }!.type
            if let rule = document.rule("\(key).\(name)", type, node) { rules.append(rule) }
        }
        model.points = rules
    }

    private mutating func rule(_ key: String, _ type: EventType, _ node: Node) -> PointsRule? {
        guard case .mapping(let mapping) = node else {
            refuse(key, node, "must be {points: n}, {points: n, cap: n}, {per_unit: n} or {once_per_channel: n}")
            return nil
        }
        var given: [String: Int] = [:]
        each(mapping, "\(key).", accepted: ["points", "cap", "per_unit", "once_per_channel"]) { document, name, node in
            given[name] = document.integer("\(key).\(name)", node, 1...1_000_000)
        }
        let names = given.keys.sorted()
        switch names {
        case ["points"]: return PointsRule(type, .each(points: Int64(given["points"]!), cap: nil))
        case ["cap", "points"]:
            return PointsRule(type, .each(points: Int64(given["points"]!), cap: Int64(given["cap"]!)))
        case ["per_unit"] where type == .purchase:
            return PointsRule(type, .perUnit(points: Int64(given["per_unit"]!)))
        case ["once_per_channel"] where type == .follow:
            return PointsRule(type, .oncePerChannel(points: Int64(given["once_per_channel"]!)))
        default:
            refuse(
                key, node,
                "accepted: {points: n}, {points: n, cap: n}; per_unit on purchase, once_per_channel on follow alone")
            return nil
        }
    }

    // MARK: - Relations

    private mutating func checkRelations() {
        let strength = model.strength
        let sum = strength.recency + strength.frequency + strength.reciprocity + strength.breadth + strength.depth
        func problem(_ key: String, _ message: String) {
            problems.append(Problem(key, places[key] ?? .document(path), message))
        }
        if abs(sum - 1) > 1e-9 {
            let sum = Written.decimal(sum, places: 3)
            problem("strength.depth", "the five weights of strength add up to \(sum), not to 1")
        }
        let life = model.lifecycle
        if life.freshDays > life.activeDays {
            problem("lifecycle.active_days", "must not be less than lifecycle.fresh_days (\(life.freshDays))")
        }
        if life.activeDays >= life.lapsedDays {
            problem("lifecycle.lapsed_days", "must be more than lifecycle.active_days (\(life.activeDays))")
        }
        if model.tiers.basis == .points {
            for path in [\TierRule.silver, \.gold, \.platinum] as [WritableKeyPath<TierRule, Int64>] {
                let name = path == \.silver ? "silver" : path == \.gold ? "gold" : "platinum"
                // The defaults are money; points must be said.
                if places["tier.\(name)"] == nil {
                    problem("tier.\(name)", "must be given when tier.by is points")
                } else {
                    model.tiers[keyPath: path] /= 100
                }
            }
        }
        if !(model.tiers.silver < model.tiers.gold && model.tiers.gold < model.tiers.platinum) {
            problem("tier.platinum", "silver, gold and platinum must ascend")
        }
    }
}

extension ScoringModel {
    /// The whole model as a document, each number with what it is for: what `guanxi definitions model` prints.
    var document: String {
        var lines = ["# The scoring model. Every section must be there; a name left out of it keeps its default."]
        for section in ModelField.sections {
            lines.append("\(section):")
            for field in ModelField.all where field.section == section {
                lines += text(of: field).map { "  \($0)" }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func text(of field: ModelField) -> [String] {
        let comment = "  # \(field.meaning)"
        func plain(_ value: Double) -> String { value == value.rounded() ? "\(Int(value))" : "\(value)" }
        switch field.target {
        case .number(let path, _): return ["\(field.name): \(plain(self[keyPath: path]))\(comment)"]
        case .integer(let path, _): return ["\(field.name): \(self[keyPath: path])\(comment)"]
        case .threshold(let path):
            let value = Double(self[keyPath: path]) / (tiers.basis == .points ? 1 : 100)
            return ["\(field.name): \(plain(value))\(comment)"]
        case .basis: return ["\(field.name): \(tiers.basis == .points ? "points" : "spend")\(comment)"]
        case .weights(let path, let types):
            // One that is 0 though it need not be is written too, or it would get its default again.
            let rows = EventType.catalogue.filter { entry in
                let index = Int(entry.type.rawValue)
                return types.contains(entry.type)
                    && (self[keyPath: path][index] != 0 || ScoringModel.standard[keyPath: path][index] != 0)
            }
            return ["\(field.name):\(comment)"]
                + rows.map { "  \($0.names[0]): \(plain(self[keyPath: path][Int($0.type.rawValue)]))" }
        case .channels:
            if channels.isEmpty { return ["\(field.name): {}\(comment)"] }
            return ["\(field.name):\(comment)"]
                + channels.sorted { $0.key < $1.key }.map { "  \($0.key): \(plain($0.value))" }
        case .points:
            return ["\(field.name):\(comment)"]
                + points.map { rule in
                    switch rule.basis {
                    case .each(let points, let cap):
                        "  \(rule.name): {points: \(points)" + (cap.map { ", cap: \($0)" } ?? "") + "}"
                    case .perUnit(let points): "  \(rule.name): {per_unit: \(points)}"
                    case .oncePerChannel(let points): "  \(rule.name): {once_per_channel: \(points)}"
                    }
                }
        }
    }
}
