import CRDKafka

/// How to reach a Kafka cluster: what consumers, producers and topic administration have in common.
package struct KafkaSettings: Sendable {
    /// `host:port,host:port`: the brokers to ask first.
    package var brokers: String
    /// How the client calls itself to the brokers: in their logs and quotas.
    package var clientID = "guanxi"
    /// librdkafka's own settings by its own names: TLS, SASL, buffers. See `problem(property:value:)`.
    package var client: [String: String] = [:]

    package init(brokers: String, clientID: String = "guanxi", client: [String: String] = [:]) {
        self.brokers = brokers
        self.clientID = clientID
        self.client = client
    }

    /// What is wrong with a `kafka.client` setting, if anything: the guarantee or a setting of ours refuses it, or
    /// librdkafka does not know it or not take its value.
    package static func problem(property: String, value: String) -> String? {
        if let refused = refused[property] { return refused }
        do {
            let configuration = ConfigurationHandle()
            try configuration.set(property, value)
            return nil
        } catch {
            return error.reason
        }
    }

    /// Settings that may not be given, with the reason.
    package static let refused: [String: String] = {
        var reasons: [String: String] = [:]
        for setting in ClientProfile.guarantee {
            reasons[setting.name] = "is always \(setting.value): \(setting.reason)"
        }
        for (name, owner) in ClientProfile.owned { reasons[name] = "is said by \(owner)" }
        for (name, reason) in ClientProfile.impossible { reasons[name] = reason }
        return reasons
    }()
}

/// A member of a consumer group.
package struct ConsumerSettings: Sendable {
    package var topics: [String]
    package var group: String
    /// How long the brokers wait for a silent member before its partitions go to others.
    package var sessionTimeout: Duration = .seconds(10)
    package var heartbeat: Duration = .seconds(3)
    /// How long the caller may take between two polls before it is taken for hung, and its partitions go to others.
    package var maximumPollInterval: Duration = .seconds(300)
    /// How much is fetched ahead, in bytes of records over all partitions; one fetch more may be on its way.
    package var prefetchBytes = 64 << 20

    package init(topics: [String], group: String) {
        self.topics = topics
        self.group = group
    }
}

/// A `kafka.client` setting that cannot be used.
package struct SettingProblem: Error, Equatable, CustomStringConvertible, Sendable {
    /// As configured: `kafka.client.` and librdkafka's name.
    package let setting: String
    /// Hidden where it may be a secret.
    package let value: String
    package let reason: String

    init(property: String, value: String, reason: String) {
        setting = "kafka.client.\(property)"
        let isSecret = ["password", "secret", "pem", "oauthbearer.config"].contains { property.contains($0) }
        self.value = isSecret ? "(hidden)" : value
        self.reason = reason
    }

    package var description: String { "\(setting) = \(value): \(reason)" }
}

/// Why a client could not be made, or what it was asked for could not be done.
package enum KafkaError: Error, Equatable, CustomStringConvertible, Sendable {
    case setting(SettingProblem)
    case client(String)

    package var description: String {
        switch self {
        case .setting(let problem): problem.description
        case .client(let text): text
        }
    }
}

/// One line of librdkafka's log.
package struct ClientLogLine: Sendable {
    /// As in syslog: 3 error, 4 warning, 6 information, 7 debug.
    package let severity: Int
    package let facility: String
    package let text: String
}
