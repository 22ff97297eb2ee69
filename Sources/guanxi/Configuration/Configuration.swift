import Kafka

/// The values of all settings, checked.
struct Configuration: Sendable {
    private let values: [String: any Sendable]
    /// Where each value that was given comes from.
    let places: [String: Place]
    /// What is handed to librdkafka as it is, without the prefix.
    let client: [String: String]

    /// The value of a setting that has a default or is required.
    subscript<Value>(_ setting: Setting<Value>) -> Value { values[setting.entry.key] as! Value }

    /// The value of a setting that may be absent.
    func optional<Value>(_ setting: Setting<Value>) -> Value? { values[setting.entry.key] as? Value }

    /// What a configuration is made of, weakest source first.
    struct Sources {
        /// The YAML file, if any.
        var path: String?
        var environment: [String: String] = [:]
        /// What follows each `--set`.
        var assignments: [String] = []
        /// Flags that stand for one setting.
        var named: [(flag: String, key: String, text: String)] = []
        /// Reads a file whole; throws what it cannot.
        var readFile: (String) throws -> String
    }

    /// Reads and checks everything; whatever is wrong is told at once.
    ///
    /// - Parameter checkClient: what is wrong with a librdkafka property and its value, if anything.
    static func load(
        _ sources: Sources,
        checkClient: @escaping (_ property: String, _ value: String) -> String? = {
            KafkaSettings.problem(property: $0, value: $1)
        }
    ) throws(ConfigurationError) -> Configuration {
        var reading = Reading(sources: sources, checkClient: checkClient)
        reading.readYAML()
        reading.readEnvironment()
        reading.readFlags()
        reading.checkRelations()
        guard reading.problems.isEmpty else { throw ConfigurationError(problems: reading.problems) }
        return Configuration(values: reading.values, places: reading.places, client: reading.client)
    }

    /// A configuration on its way.
    private struct Reading {
        let sources: Sources
        let checkClient: (String, String) -> String?
        let names = Names(Settings.all)
        var problems: [Problem] = []
        var values: [String: any Sendable] = [:]
        var places: [String: Place] = [:]
        var client: [String: String] = [:]

        init(sources: Sources, checkClient: @escaping (String, String) -> String?) {
            self.sources = sources
            self.checkClient = checkClient
            for entry in Settings.all {
                values[entry.key] = entry.standard.flatMap { entry.read($0) }
            }
        }

        mutating func readYAML() {
            guard let path = sources.path else { return }
            do {
                let source = YAMLSource(try sources.readFile(path), path: path, names: names)
                problems += source.problems
                accept(source.given)
            } catch {
                problems.append(Problem("", .document(path), "cannot be read: \(error)"))
            }
        }

        mutating func readEnvironment() {
            let source = EnvironmentSource(sources.environment, names: names)
            problems += source.problems
            accept(source.given)
        }

        mutating func readFlags() {
            let source = FlagSource(assignments: sources.assignments, named: sources.named, names: names)
            problems += source.problems
            accept(source.given)
        }

        /// Takes over what one source gives; it overrides what weaker sources gave.
        private mutating func accept(_ given: [Given]) {
            var seen: [String: Place] = [:]
            for item in given {
                if let first = seen[item.key] {
                    problems.append(Problem(item.key, item.place, "given twice: also by \(first)"))
                    continue
                }
                seen[item.key] = item.place
                guard let text = text(of: item) else { continue }
                if item.key.hasPrefix(Names.client) {
                    acceptClient(item, text)
                } else if let entry = names.entries[item.key] {
                    guard let value = entry.read(text) else {
                        problems.append(
                            Problem(
                                item.key, item.place, value: entry.isSecret || item.isFile ? nil : text,
                                "not accepted; give \(entry.accepts)"))
                        continue
                    }
                    values[item.key] = value
                    places[item.key] = item.place
                }
            }
        }

        private mutating func acceptClient(_ item: Given, _ text: String) {
            let property = String(item.key.dropFirst(Names.client.count))
            if let message = checkClient(property, text) {
                problems.append(Problem(item.key, item.place, message))
            } else {
                client[property] = text
                places[item.key] = item.place
            }
        }

        /// The value itself, or what the file it names holds, without the line feed at its end.
        private mutating func text(of item: Given) -> String? {
            guard item.isFile else { return item.text }
            do {
                let content = try sources.readFile(item.text)
                let text = content.hasSuffix("\n") ? String(content.dropLast()) : content
                if text.isEmpty {
                    problems.append(Problem(item.key, item.place, value: item.text, "the file is empty"))
                    return nil
                }
                return text
            } catch {
                problems.append(Problem(item.key, item.place, value: item.text, "the file cannot be read: \(error)"))
                return nil
            }
        }

        /// What two settings must be to each other. A pair with a member that was refused is not looked at.
        mutating func checkRelations() {
            let broken = Set(problems.map(\.key))
            for relation in Settings.relations
            where !broken.contains(relation.lesser.key) && !broken.contains(relation.greater.key) {
                guard let lesser = relation.amount(values[relation.lesser.key]),
                    let greater = relation.amount(values[relation.greater.key]), lesser * relation.factor > greater
                else { continue }
                // Told of the one that was given; of the lesser one when both were.
                let named = places[relation.lesser.key] != nil ? relation.lesser : relation.greater
                let other = named.key == relation.lesser.key ? relation.greater : relation.lesser
                guard let place = places[named.key] else { continue }
                problems.append(
                    Problem(
                        named.key, place,
                        "does not go with \(other.key) (\(written(other))): \(relation.message)"))
            }
        }

        private func written(_ entry: SettingEntry) -> String {
            switch values[entry.key] {
            case let duration as Duration: duration.written
            case let size as Int where entry.kind == "size": Size.text(size)
            case let value?: "\(value)"
            case nil: "not given"
            }
        }
    }
}

/// Two settings of which one must not be greater than (a part of) the other.
struct Relation: Sendable {
    let lesser: SettingEntry
    let greater: SettingEntry
    /// `lesser` times this must not exceed `greater`.
    let factor: Double
    /// Why, and what to do.
    let message: String

    init<Value>(
        _ lesser: Setting<Value>, times factor: Double = 1, atMost greater: Setting<Value>, _ message: String
    ) {
        self.lesser = lesser.entry
        self.greater = greater.entry
        self.factor = factor
        self.message = message
    }

    func amount(_ value: (any Sendable)?) -> Double? {
        switch value {
        case let duration as Duration: Double(duration.milliseconds)
        case let count as Int: Double(count)
        default: nil
        }
    }
}
