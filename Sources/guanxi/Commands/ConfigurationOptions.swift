import ArgumentParser
import Foundation

/// Where a command's settings come from.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read settings from this YAML file.", valueName: "file"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Give one setting; may be repeated.", valueName: "section.name=value"))
    var assignments: [String] = []

    @Option(help: ArgumentHelp("Short for --set kafka.brokers=…", valueName: "host:port,…"))
    var kafka: String?

    @Option(help: ArgumentHelp("Short for --set postgres.url=…; everyone on the machine can see it.", valueName: "url"))
    var postgres: String?

    @Option(help: ArgumentHelp("Short for --set log.format=…", valueName: "text|json"))
    var logFormat: String?

    @Option(help: ArgumentHelp("Short for --set log.level=…", valueName: "level"))
    var logLevel: String?

    /// Reads and checks all settings and starts the log.
    func load(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ConfigurationError)
        -> Configuration
    {
        let named = [
            ("--kafka", Settings.brokers.entry.key, kafka), ("--postgres", Settings.postgres.entry.key, postgres),
            ("--log-format", Settings.logFormat.entry.key, logFormat),
            ("--log-level", Settings.logLevel.entry.key, logLevel),
        ]
        let configuration = try Configuration.load(
            Configuration.Sources(
                path: config ?? environment[EnvironmentSource.file].flatMap { $0.isEmpty ? nil : $0 },
                environment: environment, assignments: assignments,
                named: named.compactMap { flag, key, text in text.map { (flag, key, $0) } },
                readFile: Self.readFile))
        LineLog.bootstrap(format: configuration[Settings.logFormat], level: configuration[Settings.logLevel])
        return configuration
    }

    /// The file's text; the error says why not, in the system's words.
    static func readFile(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.misused, FileManager.default.fileExists(atPath: path) ? "not permitted" : "no such file")
        }
        guard let text = String(validating: data, as: UTF8.self) else { throw Failure(.misused, "not UTF-8") }
        return text
    }
}
