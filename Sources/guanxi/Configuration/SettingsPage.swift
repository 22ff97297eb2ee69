import Kafka

/// The documentation page of all settings, made from their declarations.
enum SettingsPage {
    static func markdown(_ entries: [SettingEntry] = Settings.all) -> String {
        var lines = [
            "# Configuration",
            "",
            "<!-- Made by `guanxi configuration` from Sources/guanxi/Configuration/Settings.swift; a test looks. -->",
            "",
            "A setting comes from, weakest first: its default, the YAML file named by `--config` (or the variable",
            "`GUANXI_CONFIG`), an environment variable, a flag (`--set kafka.topic=interactions`). In YAML the part",
            "before the point is a section:",
            "",
            "```yaml",
            "kafka:",
            "  brokers: [kafka-1:9092, kafka-2:9092]",
            "  topic: interactions",
            "```",
            "",
            "The variable of `kafka.brokers` is `GUANXI_KAFKA_BROKERS`; `KAFKA` and `POSTGRES` are shorthands for",
            "`GUANXI_KAFKA_BROKERS` and `GUANXI_POSTGRES_URL`. An empty variable counts as absent.",
            "",
            "**Secrets.** Any setting may be read from a file: `postgres.password_file: /run/secrets/password`,",
            "`GUANXI_POSTGRES_PASSWORD_FILE=…`. One line feed at the file's end is dropped. Secret values appear in no",
            "error, log or metric.",
            "",
            "**Mistakes.** All of them are told at once, one a line, with the key, the place (file, line and column,",
            "or variable, or flag), what was found and what is accepted; the exit code is 2 and nothing was started.",
            "",
            "**Durations** are written `250ms`, `1.5s`, `2m`, `1h`, `7d`; **sizes** `512KiB`, `64MiB`, `1GiB`.",
            "",
            "**For the cluster** marks what all workers must agree on: `guanxi migrate` stores it, and a worker with",
            "another value refuses to start.",
            "",
        ]
        var section = ""
        for entry in entries {
            let own = String(entry.key[..<entry.key.firstIndex(of: ".")!])
            if own != section {
                section = own
                lines += ["## \(section)", ""]
            }
            lines += [
                "### `\(entry.key)`",
                "",
                entry.meaning,
                "",
                "- type: \(entry.kind); \(entry.accepts)",
                "- default: \(entry.standard.map { "`\($0)`" } ?? "none")",
                "- variable: `\(entry.variable)`",
            ]
            if entry.scope == .cluster { lines.append("- for the cluster") }
            if entry.isSecret { lines.append("- secret") }
            lines += ["- change it: \(entry.change.lowercasedFirst)", ""]
        }
        lines += [
            "## kafka.client",
            "",
            "Whatever else librdkafka can be told goes under `kafka.client`, by librdkafka's own names:",
            "",
            "```yaml",
            "kafka:",
            "  client:",
            "    security.protocol: SASL_SSL",
            "    sasl.mechanism: SCRAM-SHA-512",
            "    sasl.username: guanxi",
            "    sasl.password_file: /run/secrets/kafka-password",
            "    ssl.ca.location: /etc/ssl/certs/kafka-ca.pem",
            "```",
            "",
            "As a variable: `GUANXI_KAFKA_CLIENT_SASL_PASSWORD_FILE`, every point an underscore. A name or value that",
            "librdkafka does not know is a mistake like any other. These are refused:",
            "",
            "| property | why |",
            "| --- | --- |",
        ]
        for (property, reason) in KafkaSettings.refused.sorted(by: { $0.key < $1.key }) {
            lines.append("| `\(property)` | \(reason) |")
        }
        lines.append("")
        return lines.joined(separator: "\n")
    }
}

extension String {
    fileprivate var lowercasedFirst: String { prefix(1).lowercased() + dropFirst() }
}
