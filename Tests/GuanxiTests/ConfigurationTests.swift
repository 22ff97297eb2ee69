import Foundation
import Testing

@testable import guanxi

/// Loads settings from values, without touching the machine.
private func load(
    yaml: String? = nil, environment: [String: String] = [:], set assignments: [String] = [],
    named: [(flag: String, key: String, text: String)] = [], files: [String: String] = [:]
) throws(ConfigurationError) -> Configuration {
    try Configuration.load(
        Configuration.Sources(
            path: yaml.map { _ in "guanxi.yaml" }, environment: environment, assignments: assignments, named: named,
            readFile: { path in
                if path == "guanxi.yaml", let yaml { return yaml }
                guard let text = files[path] else { throw Failure(.misused, "no such file") }
                return text
            }))
}

/// The problems of a configuration, one line each.
private func problems(
    yaml: String? = nil, environment: [String: String] = [:], set assignments: [String] = [],
    named: [(flag: String, key: String, text: String)] = [], files: [String: String] = [:]
) -> [String] {
    do {
        _ = try load(yaml: yaml, environment: environment, set: assignments, named: named, files: files)
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct Precedence {
    @Test func theDefaultsAreAConfiguration() throws {
        let configuration = try load()
        #expect(configuration[Settings.brokers] == ["localhost:9092"])
        #expect(configuration[Settings.freshness] == .seconds(5))
        #expect(configuration[Settings.recordMaxBytes] == 64 << 10)
        #expect(configuration.optional(Settings.password) == nil)
        #expect(configuration.places.isEmpty)
    }

    @Test func everyDefaultIsAccepted() {
        for entry in Settings.all {
            if let standard = entry.standard { #expect(entry.read(standard) != nil, "\(entry.key)") }
        }
    }

    @Test func fileThenEnvironmentThenFlags() throws {
        let yaml = """
            kafka: {topic: from-file, group: from-file, brokers: [a:1, b:2]}
            batch:
              linger: 1s
            """
        let environment = ["GUANXI_KAFKA_TOPIC": "from-environment", "GUANXI_KAFKA_GROUP": "from-environment"]
        let configuration = try load(yaml: yaml, environment: environment, set: ["kafka.group=from-flag"])
        #expect(configuration[Settings.brokers] == ["a:1", "b:2"])
        #expect(configuration[Settings.linger] == .seconds(1))
        #expect(configuration[Settings.topic] == "from-environment")
        #expect(configuration[Settings.group] == "from-flag")
        #expect(configuration.places["batch.linger"] == .file(path: "guanxi.yaml", line: 3, column: 11))
        #expect(configuration.places["kafka.topic"] == .variable("GUANXI_KAFKA_TOPIC"))
        #expect(configuration.places["kafka.group"] == .flag("--set kafka.group"))
    }

    @Test func shorthandsAreWeakerThanTheLongNames() throws {
        #expect(try load(environment: ["KAFKA": "k:1"])[Settings.brokers] == ["k:1"])
        let both = ["KAFKA": "k:1", "GUANXI_KAFKA_BROKERS": "long:1"]
        #expect(try load(environment: both)[Settings.brokers] == ["long:1"])
        #expect(try load(environment: ["POSTGRES": "host=db"])[Settings.postgres] == "host=db")
    }

    @Test func anEmptyVariableIsAbsent() throws {
        let empty = ["GUANXI_KAFKA_TOPIC": "", "KAFKA": "", "GUANXI_NOBODY": ""]
        #expect(try load(environment: empty)[Settings.topic] == "interactions")
    }

    @Test func variablesOfKubernetesServicesAreNotOurs() throws {
        _ = try load(environment: [
            "GUANXI_SERVICE_HOST": "10.0.0.1", "GUANXI_SERVICE_PORT": "9187", "GUANXI_SERVICE_PORT_METRICS": "9187",
            "GUANXI_PORT": "tcp://10.0.0.1:9187", "GUANXI_PORT_9187_TCP_ADDR": "10.0.0.1",
        ])
    }

    @Test func namesWithDotsAndSectionsAreTheSame() throws {
        #expect(try load(yaml: "kafka.topic: dotted")[Settings.topic] == "dotted")
        #expect(try load(yaml: "'kafka': {\"topic\": nested}")[Settings.topic] == "nested")
        #expect(try load(yaml: "# nothing\n")[Settings.topic] == "interactions")
        #expect(try load(yaml: "kafka:\n")[Settings.topic] == "interactions")
    }

    @Test func clientSettingsPassThrough() throws {
        let yaml = """
            kafka:
              client:
                security.protocol: SASL_SSL
                sasl:
                  mechanism: PLAIN
            """
        let environment = [
            "GUANXI_KAFKA_CLIENT_SASL_PASSWORD_FILE": "/run/secret", "GUANXI_KAFKA_CLIENT_CLIENT_ID": "c",
        ]
        let configuration = try load(
            yaml: yaml, environment: environment, set: ["kafka.client.socket.timeout.ms=5000"],
            files: ["/run/secret": "p=w\n"])
        #expect(
            configuration.client == [
                "security.protocol": "SASL_SSL", "sasl.mechanism": "PLAIN", "sasl.password": "p=w", "client.id": "c",
                "socket.timeout.ms": "5000",
            ])
    }
}

@Suite struct Secrets {
    @Test func comeFromFiles() throws {
        let files = ["/run/pw": "s3cret\n", "/run/url": "postgresql://db/x"]
        let byVariable = try load(environment: ["GUANXI_POSTGRES_PASSWORD_FILE": "/run/pw"], files: files)
        #expect(byVariable.optional(Settings.password) == "s3cret")
        let byFile = try load(yaml: "postgres: {password_file: /run/pw, url_file: /run/url}", files: files)
        #expect(byFile.optional(Settings.password) == "s3cret")
        #expect(byFile[Settings.postgres] == "postgresql://db/x")
        #expect(try load(set: ["postgres.password_file=/run/pw"], files: files).optional(Settings.password) == "s3cret")
    }

    @Test func aMissingOrEmptyFileIsAProblem() {
        let environment = ["GUANXI_POSTGRES_PASSWORD_FILE": "/none", "GUANXI_FOLD_HASH_KEY_FILE": "/empty"]
        #expect(
            problems(environment: environment, files: ["/empty": "\n"]) == [
                #"variable GUANXI_FOLD_HASH_KEY_FILE: fold.hash_key = "/empty": the file is empty"#,
                #"variable GUANXI_POSTGRES_PASSWORD_FILE: postgres.password = "/none": "#
                    + "the file cannot be read: no such file",
            ])
    }

    @Test func areNeverTold() {
        let secret = "hunter2-not-for-logs"
        let lines = problems(
            environment: ["GUANXI_POSTGRES_URL": secret, "GUANXI_FOLD_HASH_KEY": secret],
            set: [secret, "postgres.password=\(secret)\u{1}", "postgres.url_file=/f"], files: ["/f": secret])
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { !$0.contains(secret) })
    }
}

@Suite struct Mistakes {
    /// One document with all of these; each must be told, on a line of its own.
    static let table: [(yaml: String, line: String)] = [
        ("kafka:", ""),
        ("  brokers: [localhost]", #"kafka.brokers = "localhost": not accepted; give one or more host:port"#),
        ("  brokerz: a:1", "kafka.brokerz: unknown setting; did you mean kafka.brokers?"),
        ("  topic: has space", #"kafka.topic = "has space": not accepted"#),
        ("  group:", "kafka.group: no value; give one or remove the line"),
        ("  session_timeout: 10", #"kafka.session_timeout = "10": not accepted; give a duration"#),
        ("  heartbeat: 3 s", #"kafka.heartbeat = "3 s": not accepted; give a duration"#),
        ("  prefetch_bytes: 64Mib", #"kafka.prefetch_bytes = "64Mib": not accepted; give a size"#),
        ("  client:", ""),
        ("    enable.auto.commit: true", "kafka.client.enable.auto.commit: is always false"),
        ("    group.id: x", "kafka.client.group.id: is said by kafka.group"),
        ("    no.such.property: x", "kafka.client.no.such.property: "),
        ("    socket.timeout.ms: soon", "kafka.client.socket.timeout.ms: "),
        ("postgres:", ""),
        ("  url: mysql://x", "postgres.url: not accepted; give a URL such as postgresql://"),
        ("  schema: Upper", #"postgres.schema = "Upper": not accepted"#),
        ("  password: ~", "postgres.password: no value"),
        ("  pasword_file: /x", "postgres.pasword_file: unknown setting"),
        ("worker:", ""),
        ("  name: 'a b'", #"worker.name = "a b": not accepted"#),
        ("  lanes: two", #"worker.lanes = "two": not accepted; give a whole number from 0 to 256"#),
        ("  threads: 4", "worker.threads: unknown setting"),
        ("batch:", ""),
        ("  records: 0", #"batch.records = "0": not accepted"#),
        ("  bytes: 99999999999999GiB", #"batch.bytes = "99999999999999GiB": not accepted"#),
        ("  linger: -5s", #"batch.linger = "-5s": not accepted"#),
        ("  freshness: [5s]", "batch.freshness: a list where one value is accepted"),
        ("  freshnes: 5s", "batch.freshnes: unknown setting; did you mean batch.freshness?"),
        ("cache: 5", "cache: a section, not a value; below it: cache.bytes"),
        ("review:", ""),
        ("  interval: {seconds: 1}", "review.interval: a section where one value is accepted"),
        ("  profiles: 1e3", #"review.profiles = "1e3": not accepted"#),
        ("shutdown:", ""),
        ("  grace: forever", #"shutdown.grace = "forever": not accepted"#),
        ("record:", ""),
        ("  max_bytes: 100MiB", #"record.max_bytes = "100MiB": not accepted"#),
        ("  future_tolerance: 10min", #"record.future_tolerance = "10min": not accepted"#),
        ("calendar:", ""),
        ("  time_zone: Asia/Shangai", #"calendar.time_zone = "Asia/Shangai": not accepted"#),
        ("  timezone: UTC", "calendar.timezone: unknown setting; did you mean calendar.time_zone?"),
        ("fold:", ""),
        ("  hash_key: 0011", "fold.hash_key: not accepted; give 32 hexadecimal digits"),
        ("timeline:", ""),
        ("  keep: 0x20", #"timeline.keep = "0x20": not accepted"#),
        ("consent:", ""),
        ("  default: maybe", #"consent.default = "maybe": not accepted; give one of open, closed"#),
        ("metrics:", ""),
        ("  port: 70000", #"metrics.port = "70000": not accepted; give a whole number from 0 to 65535"#),
        ("  prot: 1", "metrics.prot: unknown setting; did you mean metrics.port?"),
        ("log:", ""),
        ("  format: xml", #"log.format = "xml": not accepted; give one of text, json"#),
        ("  level: loud", #"log.level = "loud": not accepted"#),
        ("  level: info", "level: given more than once in one section"),
        ("kafak:", ""),
        ("  topic: x", "kafak: unknown section; did you mean kafka?"),
        ("brokers: a:1", "brokers: unknown setting; did you mean kafka.brokers?"),
        ("zebra: 1", "zebra: unknown setting; `guanxi configuration` lists all"),
        ("? [a, b]", "a name must be text"),
    ]

    @Test func allAreToldAtOnce() {
        let yaml = Self.table.map(\.yaml).joined(separator: "\n")
        let environment = [
            "GUANXI_KAFKA_BROKER": "a:1", "GUANXI_BATCH_LINGER": "soon", "GUANXI_LOG_LEVEL_FILE": "/none",
            "GUANXI_KAFKA_CLIENT_AUTO_OFFSET_RESET": "earliest",
        ]
        let found = problems(
            yaml: yaml, environment: environment,
            set: ["kafka.topik=x", "batch.records", "batch.bytes=", "=5", "cache.bytes=1TB"],
            named: [("--log-format", "log.format", "yaml")])
        for (index, row) in Self.table.enumerated() where !row.line.isEmpty {
            // A section is told where its name stands: one line above the first setting in it.
            let lines = ["guanxi.yaml:\(index + 1):", "guanxi.yaml:\(index):"]
            #expect(
                found.contains { problem in
                    lines.contains { problem.hasPrefix($0) } && problem.contains(row.line)
                }, "line \(index + 1): \(row.yaml)")
        }
        let others = [
            "variable GUANXI_KAFKA_BROKER: GUANXI_KAFKA_BROKER: unknown setting; did you mean GUANXI_KAFKA_BROKERS?",
            #"variable GUANXI_BATCH_LINGER: batch.linger = "soon": not accepted"#,
            #"variable GUANXI_LOG_LEVEL_FILE: log.level = "/none": the file cannot be read"#,
            "variable GUANXI_KAFKA_CLIENT_AUTO_OFFSET_RESET: kafka.client.auto.offset.reset: is always error",
            "flag --set kafka.topik: kafka.topik: unknown setting; did you mean kafka.topic?",
            "flag --set: not of the form section.name=value",
            "flag --set batch.bytes: batch.bytes: no value after the equals sign",
            #"flag --set cache.bytes: cache.bytes = "1TB": not accepted"#,
            #"flag --log-format: log.format = "yaml": not accepted"#,
        ]
        for line in others { #expect(found.contains { $0.hasPrefix(line) }, "\(line)") }
        let rows = Self.table.count { !$0.line.isEmpty }
        #expect(rows + others.count >= 40)
        // One line each (`--set` of the wrong form is there twice), and nothing else.
        #expect(found.count == rows + others.count + 1, "\(found.joined(separator: "\n"))")
        #expect(found.allSatisfy { !$0.contains("\n") })
    }

    @Test(arguments: [
        ("kafka: [", "guanxi.yaml:2:1: not YAML"), ("a: b: c", "guanxi.yaml:1:"),
        ("- kafka", "guanxi.yaml:1:1: the document must"),
        ("kafka:\n\ttopic: x", "guanxi.yaml:2:1: not YAML"), ("kafka: {topic: &a x, group: *b}", "guanxi.yaml:1:"),
        ("kafka: {}\n---\nkafka: {}", "guanxi.yaml:"), ("kafka: {topic: a, topic: b}", "guanxi.yaml:1:"),
    ])
    func whatIsNotYAMLIsToldWithItsPlaceBesideOtherMistakes(yaml: String, start: String) {
        let found = problems(yaml: yaml, set: ["log.level=x"])
        #expect(found.count == 2)
        #expect(found[0].hasPrefix(start), "\(found[0])")
    }

    @Test func aMissingFileIsToldBesideOtherMistakes() {
        let sources = Configuration.Sources(
            path: "/none.yaml", assignments: ["log.level=x"], readFile: ConfigurationOptions.readFile)
        do {
            _ = try Configuration.load(sources)
            Issue.record("accepted")
        } catch {
            #expect(error.problems.first?.description == "/none.yaml: cannot be read: no such file")
            #expect(error.problems.count == 2)
        }
    }

    @Test func twiceInOneSource() {
        #expect(
            problems(yaml: "kafka: {topic: a}\nkafka.topic: b") == [
                "guanxi.yaml:2:14: kafka.topic: given twice: also by guanxi.yaml:1:16"
            ])
        #expect(
            problems(environment: ["GUANXI_LOG_LEVEL": "info", "GUANXI_LOG_LEVEL_FILE": "/f"], files: ["/f": "info"])
                == ["variable GUANXI_LOG_LEVEL_FILE: log.level: given twice: also by variable GUANXI_LOG_LEVEL"])
    }

    @Test func whatDoesNotGoTogether() {
        #expect(
            problems(set: ["kafka.heartbeat=5s"]) == [
                "flag --set kafka.heartbeat: kafka.heartbeat: does not go with kafka.session_timeout (10s): "
                    + "three heartbeats must fit into a session, or one lost packet loses the partitions"
            ])
        #expect(problems(set: ["batch.freshness=10s", "batch.linger=20s"]).count == 1)
        #expect(problems(set: ["record.max_bytes=1MiB", "batch.bytes=64KiB"]).count == 1)
        #expect(problems(set: ["timeline.keep=200"]).count == 1)
        // A value that was refused is told of once.
        #expect(problems(set: ["batch.freshness=soon", "batch.linger=20s"]).count == 1)
    }

    @Test func controlCharactersStayOnTheLine() {
        let found = problems(set: ["kafka.topic=a\nb\u{1b}[31m"])
        #expect(
            found == [
                #"flag --set kafka.topic: kafka.topic = "a\u{a}b\u{1b}[31m": not accepted; give 1 to 249 of "#
                    + "the characters a-z A-Z 0-9 . _ -"
            ])
    }
}

@Suite struct Values {
    @Test(arguments: [
        ("250ms", 250), ("1.5s", 1500), ("2m", 120_000), ("1h", 3_600_000), ("7d", 604_800_000), ("0s", 0),
        ("0.001s", 1), ("0.25m", 15_000),
    ])
    func durations(text: String, milliseconds: Int64) {
        #expect(Duration(written: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "5", "s", "5 s", "-5s", "+5s", "5S", "1e3s", ".5s", "5.s", "1.2.3s", "0.0001s", "5ss", "٥s",
        "9999999999s", "0.5ms",
    ])
    func notDurations(text: String) { #expect(Duration(written: text) == nil) }

    @Test(arguments: [
        ("5s", "5s"), ("1500ms", "1500ms"), ("60s", "1m"), ("24h", "1d"), ("0s", "0ms"), ("90m", "90m"),
    ])
    func durationsAsWritten(text: String, written: String) { #expect(Duration(written: text)?.written == written) }

    @Test(arguments: [
        ("0", 0), ("17", 17), ("1KiB", 1024), ("64MiB", 67_108_864), ("1GiB", 1_073_741_824), ("3kB", 3000), ("5B", 5),
    ])
    func sizes(text: String, bytes: Int) { #expect(Size.read(text) == bytes) }

    @Test(arguments: ["", "MiB", "-1", "1.5MiB", "1 MiB", "1mib", "1TB", "9223372036854775807GiB", "0x10"])
    func notSizes(text: String) { #expect(Size.read(text) == nil) }

    @Test(arguments: [
        ("kafka-1:9092", true), ("a:1,b:2", true), ("a:1, b:2", true), ("[::1]:9092", true), ("10.0.0.1:9092", true),
        ("a", false), ("a:", false), (":1", false), ("a:0", false), ("a:65536", false), ("a:1,", false),
        ("::1:9092", false), ("a b:1", false), ("", false),
    ])
    func addresses(text: String, isAccepted: Bool) { #expect((Kind.addresses.read(text) != nil) == isAccepted) }

    @Test(arguments: [
        ("kitten", "sitting", 3), ("", "abc", 3), ("abc", "", 3), ("form", "from", 1), ("same", "same", 0),
        ("Upper", "upper", 0),
    ])
    func distances(a: String, b: String, distance: Int) {
        #expect(NearestName.distance(a, b) == distance)
        #expect(NearestName.distance(b, a) == distance)
    }

    @Test func everyKeyIsNearestToItselfWithALetterMissing() {
        let keys = Settings.all.map(\.key)
        for key in keys where key != "timeline.keep" {
            #expect(NearestName.of(String(key.dropLast()), among: keys) == key)
        }
    }
}

@Suite struct Page {
    @Test func theCommittedPageIsTheGeneratedOne() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let committed = try String(contentsOf: root.appending(path: "docs/configuration.md"), encoding: .utf8)
        let isCurrent = committed == SettingsPage.markdown()
        #expect(isCurrent, "guanxi configuration > docs/configuration.md")
    }

    @Test func namesEverySettingOnce() {
        let page = SettingsPage.markdown()
        for entry in Settings.all { #expect(page.split(separator: "### `\(entry.key)`\n").count == 2) }
    }

    @Test func theExampleIsAccepted() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = root.appending(path: "deploy/guanxi.yaml").path
        let text = try ConfigurationOptions.readFile(path)
        _ = try load(yaml: text, files: ["/run/secrets/postgres-password": "x", "/run/secrets/kafka-password": "y"])
    }
}
