import CRDKafka

/// What our clients tell librdkafka, and what nobody may tell it.
enum ClientProfile {
    /// What exactly-once stands on.
    static let guarantee: [(name: String, value: String, reason: String)] = [
        ("enable.auto.commit", "false", "positions are committed with the results, in PostgreSQL"),
        ("enable.auto.offset.store", "false", "positions are committed with the results, in PostgreSQL"),
        ("auto.offset.reset", "error", "an offset that is gone stops its partition instead of skipping or repeating"),
        ("check.crcs", "true", "a record damaged on its way must not be folded"),
        ("isolation.level", "read_committed", "a record of an aborted transaction never happened"),
        ("enable.partition.eof", "false", "the end of a partition is no event"),
        (
            "partition.assignment.strategy", "range,roundrobin",
            "partitions are given up whole at a rebalance, and cooperative assignors lose some in librdkafka 2.0"
        ),
        ("socket.nagle.disable", "true", "small requests must not wait for the network's gathering"),
    ]

    /// What a setting of ours says.
    static let owned: [String: String] = [
        "bootstrap.servers": "kafka.brokers",
        "metadata.broker.list": "kafka.brokers",
        "group.id": "kafka.group",
        "session.timeout.ms": "kafka.session_timeout",
        "heartbeat.interval.ms": "kafka.heartbeat",
        "queued.max.messages.kbytes": "kafka.prefetch_bytes",
        "queued.min.messages": "kafka.prefetch_bytes",
    ]

    /// What would take the client out of our hands.
    static let impossible: [String: String] = [
        "auto.commit.enable": "positions are committed with the results, in PostgreSQL",
        "auto.commit.interval.ms": "positions are committed with the results, in PostgreSQL",
        "auto.commit.interval": "positions are committed with the results, in PostgreSQL",
        "group.protocol": "only the classic protocol lets the worker read its positions before partitions start",
        "max.poll.interval.ms": "follows from how long a batch may take",
        "log.queue": "the worker takes the client's log lines itself",
        "enabled_events": "events are served by the worker's own thread",
        "opaque": "callbacks are served by the worker's own thread",
        "test.mock.num.brokers": "a worker works with real brokers",
    ]

    /// 2.2.0, from which on a full queue need not pause fetching for a whole second.
    static let queueBackoffSince: Int32 = 0x0202_0000

    static func configure(
        _ configuration: borrowing ConfigurationHandle, _ settings: KafkaSettings
    ) throws(SettingProblem) {
        try configuration.set("reconnect.backoff.max.ms", "2000")
        try configuration.set("socket.keepalive.enable", "true")
        // An answer with one record that is larger than this would be refused over and over, and hold up all other
        // partitions of its broker; so the record comes in, and is judged by its size.
        try configuration.set("receive.message.max.bytes", "536870912")
        for (property, value) in settings.client.sorted(by: { $0.key < $1.key }) {
            if let reason = KafkaSettings.refused[property] {
                throw SettingProblem(property: property, value: value, reason: reason)
            }
            try configuration.set(property, value)
        }
        try configuration.set("bootstrap.servers", settings.brokers)
        if settings.client["client.id"] == nil { try configuration.set("client.id", settings.clientID) }
        try configuration.set("log.queue", "true")
    }

    static func configure(
        _ configuration: borrowing ConfigurationHandle, _ consumer: ConsumerSettings, _ settings: KafkaSettings
    ) throws(SettingProblem) {
        // librdkafka counts a queued record's bytes, not the some 400 it keeps about each: the number is bounded too.
        // Where a full queue pauses fetching for a second, it has to hold what is folded in that second.
        if rd_kafka_version() >= queueBackoffSince {
            if settings.client["fetch.queue.backoff.ms"] == nil {
                try configuration.set("fetch.queue.backoff.ms", "10")
            }
            try configuration.set("queued.min.messages", "100000")
        } else {
            try configuration.set("queued.min.messages", "400000")
        }
        let kilobytes = max(1, consumer.prefetchBytes >> 10)
        try configuration.set("queued.max.messages.kbytes", String(kilobytes))
        try configuration.set("group.id", consumer.group)
        try configuration.set("session.timeout.ms", String(consumer.sessionTimeout.milliseconds))
        try configuration.set("heartbeat.interval.ms", String(consumer.heartbeat.milliseconds))
        let pollInterval = max(consumer.maximumPollInterval, consumer.sessionTimeout)
        try configuration.set("max.poll.interval.ms", String(pollInterval.milliseconds))
        for setting in guarantee { try configuration.set(setting.name, setting.value) }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, within what librdkafka takes.
    var milliseconds: Int32 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        if overflow || product > Int64(Int32.max) - 1000 { return Int32.max }
        let fraction = attoseconds / 1_000_000_000_000_000
        let rest: Int64 = attoseconds % 1_000_000_000_000_000 > 0 ? 1 : 0
        return Int32(max(0, product + fraction + rest))
    }
}
