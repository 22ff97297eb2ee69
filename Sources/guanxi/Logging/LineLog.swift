import Foundation
import Logging
import Synchronization

/// How a log line looks.
enum LogFormat: String, CaseIterable, Sendable { case text, json }

/// Writes each event as one line, as text for people or as JSON for collectors.
///
/// What is logged names partitions, offsets, statements and counts; never a customer, a payload or a secret.
struct LineLog: LogHandler {
    let label: String
    let format: LogFormat
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Takes one whole line, without its end.
    let write: @Sendable (String) -> Void
    /// Injected, so that a test knows the time.
    let now: @Sendable () -> Date

    init(
        label: String, format: LogFormat, level: Logger.Level, write: @escaping @Sendable (String) -> Void,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.label = label
        self.format = format
        logLevel = level
        self.write = write
        self.now = now
    }

    /// Makes this the process' log, on standard error. A process has one log: the first to ask decides.
    static func bootstrap(format: LogFormat, level: Logger.Level) {
        let isFirst = isBootstrapped.withLock { isThere in
            defer { isThere = true }
            return !isThere
        }
        if !isFirst { return }
        LoggingSystem.bootstrap { label in
            LineLog(label: label, format: format, level: level, write: { StandardError.write($0 + "\n") })
        }
    }

    private static let isBootstrapped = Mutex(false)

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
        if let given = event.metadata { fields.merge(given) { $1 } }
        if let error = event.error { fields["error"] = "\(error)" }
        let sorted = fields.sorted { $0.key < $1.key }
        let time = now().ISO8601Format(.init(includingFractionalSeconds: true))
        switch format {
        case .text:
            let level = event.level.rawValue.padding(toLength: 8, withPad: " ", startingAt: 0)
            let pairs = sorted.map { " \($0.key)=\(Self.plain($0.value))" }.joined()
            write("\(time) \(level) \(label): \(Self.oneLine("\(event.message)"))\(pairs)")
        case .json:
            var line: [JSON.Field] = [
                .init(name: "time", value: .text(time)),
                .init(name: "level", value: .text(event.level.rawValue)),
                .init(name: "logger", value: .text(label)),
                .init(name: "message", value: .text("\(event.message)")),
            ]
            let taken = Set(line.map(\.name))
            for (key, value) in sorted {
                line.append(.init(name: taken.contains(key) ? "field.\(key)" : key, value: Self.json(value)))
            }
            write(JSON.object(line).text())
        }
    }

    /// A value of a text line: in quotes when it would not stand as one word.
    private static func plain(_ value: Logger.MetadataValue) -> String {
        let text = "\(value)"
        let isWord = !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0 != "\"" && $0 != "=" }
        return isWord ? text : JSON.text(text).text()
    }

    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .string(let text): .text(text)
        case .stringConvertible(let value as any BinaryInteger): .integer(Int64(clamping: value))
        case .stringConvertible(let value as any BinaryFloatingPoint): .number(Double(value))
        case .stringConvertible(let value as Bool): .boolean(value)
        case .stringConvertible(let value): .text("\(value)")
        case .array(let values): .list(values.map(json))
        case .dictionary(let values):
            .object(values.sorted { $0.key < $1.key }.map { JSON.Field(name: $0.key, value: json($0.value)) })
        }
    }

    /// A message stays on its line.
    private static func oneLine(_ text: String) -> String { text.replacing("\n", with: "\\n") }
}

/// Standard output and error, written whole lines at a time.
enum StandardError {
    static func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

enum StandardOutput {
    static func write(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
    static func line(_ text: String) { write(text + "\n") }
}
