import Kafka
import Postgres
import ProfileTables

/// Looks at everything a worker needs, without joining the group or writing anything.
struct WorkerCheck {
    let configuration: Configuration

    init(_ configuration: Configuration) { self.configuration = configuration }

    /// What one look found.
    struct Finding: Equatable {
        let subject: String
        /// `.done` when all is well.
        let status: ExitStatus
        let detail: String
    }

    /// Prints every finding; throws when one is bad. What cannot be reached weighs more than what is wrong.
    func run(_ output: OutputFormat) throws {
        let findings = [settings, timeZone, bound, kafka, postgres]
        switch output {
        case .text:
            for finding in findings {
                StandardOutput.line(
                    "\(finding.status == .done ? "ok  " : "FAIL")  \(finding.subject): \(finding.detail)")
            }
        case .json:
            let list = findings.map {
                JSON.fields([
                    "subject": .text($0.subject), "ok": .boolean($0.status == .done), "detail": .text($0.detail),
                ])
            }
            StandardOutput.line(JSON.list(list).text(isPretty: true))
        }
        let bad = findings.filter { $0.status != .done }
        guard let worst = bad.first(where: { $0.status == .unreachable }) ?? bad.first else { return }
        throw Failure(worst.status, "not ready: \(bad.map(\.subject).joined(separator: ", "))")
    }

    private var settings: Finding {
        Finding(
            subject: "configuration", status: .done,
            detail: "\(configuration.places.count) settings given, the others by default; this worker is "
                + configuration.name)
    }

    private var timeZone: Finding {
        let zone = configuration[Settings.timeZone]
        return Finding(
            subject: "time zone", status: .done,
            detail: "\(zone), tz database \(Zone.databaseVersion() ?? "of unknown version")")
    }

    private var bound: Finding {
        Finding(
            subject: "largest profile", status: .done,
            detail: "\(ProfileBound.bytes(configuration.rules)) bytes: no stored profile can be larger, however many "
                + "events a person has")
    }

    private var kafka: Finding {
        let topic = configuration[Settings.topic]
        do throws(KafkaError) {
            let topics = try KafkaTopics(configuration.kafka)
            guard let count = try topics.partitionCount(of: topic) else {
                return Finding(
                    subject: "Kafka", status: .failed,
                    detail: "the brokers answer, but have no topic \(topic) (kafka.topic): make it, with as many "
                        + "partitions as workers may ever share")
            }
            return Finding(subject: "Kafka", status: .done, detail: "topic \(topic) has \(count) partitions")
        } catch {
            return Finding(
                subject: "Kafka", status: .unreachable,
                detail: "\(configuration[Settings.brokers].joined(separator: ",")): \(error)")
        }
    }

    private var postgres: Finding {
        let schema = configuration[Settings.schema]
        func finding(_ status: ExitStatus, _ detail: String) -> Finding {
            Finding(subject: "PostgreSQL", status: status, detail: detail)
        }
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try PostgresConnection(configuration.conninfo, name: "guanxi \(configuration.name) check")
        } catch {
            return finding(.unreachable, "\(error)")
        }
        do throws(Schema.Failure) {
            try Schema(connection, name: schema).check(configuration.agreement)
            return finding(.done, "schema \(schema) is at version \(Schema.version) and agrees")
        } catch {
            if case .postgres(let error) = error, error.isDisconnected { return finding(.unreachable, "\(error)") }
            return finding(.failed, "\(error)")
        }
    }
}
