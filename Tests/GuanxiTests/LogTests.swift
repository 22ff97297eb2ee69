import Foundation
import Logging
import Synchronization
import Testing

@testable import guanxi

/// Lines a log wrote.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}

private func logger(_ format: LogFormat, _ level: Logger.Level = .info) -> (Logger, Lines) {
    let lines = Lines()
    let instant = Date(timeIntervalSince1970: 1_700_000_000.25)
    let log = LineLog(
        label: "worker", format: format, level: level, write: { lines.append($0) }, now: { instant })
    return (Logger(label: "worker", factory: { _ in log }), lines)
}

@Suite struct Logs {
    @Test func textLinesAreForPeople() {
        var (log, lines) = logger(.text)
        log[metadataKey: "worker"] = "w-1"
        log.info("batch committed", metadata: ["records": "500", "why": "two words", "quote": "a\"b", "empty": ""])
        log.debug("not written")
        #expect(
            lines.all == [
                #"2023-11-14T22:13:20.250Z info     worker: batch committed empty="" quote="a\"b" records=500 "#
                    + #"why="two words" worker=w-1"#
            ])
    }

    @Test func jsonLinesAreForCollectors() throws {
        var (log, lines) = logger(.json, .debug)
        log[metadataKey: "worker"] = "w-1"
        log.warning(
            "fenced \"here\"\n\u{1}",
            metadata: [
                "offset": .stringConvertible(17), "rate": .stringConvertible(0.5), "late": .stringConvertible(true),
                "list": ["a", "b"], "inner": ["x": "1"], "time": "taken", "partition": "interactions[3]",
            ])
        let line = try #require(lines.all.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(!line.contains("\n"))
        #expect(object["time"] as? String == "2023-11-14T22:13:20.250Z")
        #expect(object["level"] as? String == "warning")
        #expect(object["logger"] as? String == "worker")
        #expect(object["message"] as? String == "fenced \"here\"\n\u{1}")
        #expect(object["offset"] as? Int == 17)
        #expect(object["rate"] as? Double == 0.5)
        #expect(object["late"] as? Bool == true)
        #expect(object["list"] as? [String] == ["a", "b"])
        #expect(object["inner"] as? [String: String] == ["x": "1"])
        #expect(object["field.time"] as? String == "taken")
        #expect(object["worker"] as? String == "w-1")
    }

    @Test func aMessageOfSeveralLinesStaysOne() {
        let (log, lines) = logger(.text)
        log.info("one\ntwo")
        #expect(lines.all == [#"2023-11-14T22:13:20.250Z info     worker: one\ntwo"#])
    }
}

@Suite struct JSONText {
    @Test func compactAndPretty() {
        let value = JSON.fields([
            "a": .list([.integer(1), .number(0.5), .null]), "b": .fields([:]), "c": .boolean(false), "d": .list([]),
            "e": .number(.infinity), "f": .text("\u{1}\t关系"),
        ])
        #expect(value.text() == #"{"a":[1,0.5,null],"b":{},"c":false,"d":[],"e":null,"f":"\u0001\t关系"}"#)
        #expect(
            JSON.fields(["a": .list([.integer(1)])]).text(isPretty: true) == """
                {
                  "a": [
                    1
                  ]
                }
                """)
    }
}
