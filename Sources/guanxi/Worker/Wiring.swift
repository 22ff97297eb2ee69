import Foundation
import Ingest
import Interactions
import Kafka
import ProfileTables
import Profiles
import Scoring
import Worker

/// From settings to what each module is set up with.
extension Configuration {
    /// What this process is called.
    var name: String {
        let process = ProcessInfo.processInfo
        return optional(Settings.workerName) ?? "\(process.hostName)-\(process.processIdentifier)"
    }

    var kafka: KafkaSettings {
        KafkaSettings(
            brokers: self[Settings.brokers].joined(separator: ","), clientID: "guanxi-\(name)", client: client)
    }

    var consumer: ConsumerSettings {
        var consumer = ConsumerSettings(topics: [self[Settings.topic]], group: self[Settings.group])
        consumer.sessionTimeout = self[Settings.sessionTimeout]
        consumer.heartbeat = self[Settings.heartbeat]
        consumer.prefetchBytes = self[Settings.prefetchBytes]
        consumer.maximumPollInterval = self[Settings.stuckAfter]
        return consumer
    }

    var rules: FoldRules {
        FoldRules(
            calendar: self[Settings.timeZone].calendar, hashKey: self[Settings.hashKey], keep: self[Settings.keep],
            keepLong: self[Settings.keepLong])
    }

    var definitionReader: DefinitionReader {
        DefinitionReader(rules: rules, isConsentOpen: self[Settings.consent] == .open)
    }

    var worker: WorkerSettings {
        var worker = WorkerSettings()
        worker.rules = rules
        worker.policy = BatchPolicy(
            records: self[Settings.batchRecords], bytes: self[Settings.batchBytes],
            linger: self[Settings.linger].milliseconds, freshness: self[Settings.freshness].milliseconds)
        worker.lanes = self[Settings.lanes] == 0 ? ProcessInfo.processInfo.activeProcessorCount : self[Settings.lanes]
        worker.cacheBytes = self[Settings.cacheBytes]
        worker.maximumRecordBytes = self[Settings.recordMaxBytes]
        worker.futureTolerance = self[Settings.futureTolerance].milliseconds
        worker.reviewInterval = self[Settings.reviewInterval].milliseconds
        worker.reviewLimit = self[Settings.reviewProfiles]
        worker.giveUpAfter = self[Settings.giveUpAfter].components.seconds
        return worker
    }

    /// What the cluster agrees on for ever.
    var agreement: Schema.Agreement {
        Schema.Agreement(
            hashKey: self[Settings.hashKey].hexadecimal, timeZone: self[Settings.timeZone].name,
            timelineKeep: "\(self[Settings.keep])/\(self[Settings.keepLong])")
    }

    /// Connects and checks that the schema is of this program's version and agreement.
    func openStore() throws -> PostgresProfileStore {
        let settings = PostgresProfileStore.Settings(
            conninfo: conninfo, schema: self[Settings.schema], agreement: agreement, hashKey: self[Settings.hashKey],
            worker: name, interpret: { [reader = definitionReader] in try reader.read($0) })
        do throws(StoreError) { return try PostgresProfileStore(settings) } catch {
            throw Failure(error.disposition == .stop ? .failed : .unreachable, error.description)
        }
    }
}

extension HashKey {
    /// Thirty-two digits, as the setting is written.
    var hexadecimal: String {
        var text = ""
        for word in [low, high] {
            for shift in stride(from: 0, to: 64, by: 8) {
                text += UInt8(truncatingIfNeeded: word >> UInt64(shift)).hexadecimal
            }
        }
        return text
    }
}

extension UInt8 {
    /// Two digits.
    var hexadecimal: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}
