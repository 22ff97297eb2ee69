import Interactions
import Logging

/// Every setting there is. This list is the documentation, the defaults and the checks.
enum Settings {
    // Kafka.
    static let brokers = Setting(
        "kafka.brokers", .addresses, standard: "localhost:9092",
        "The Kafka brokers to ask first; the client finds the others by itself.",
        change: "Always, outside a trial. Name two or three, so that one may be down when a worker starts.")
    static let topic = Setting(
        "kafka.topic", .name("a-z A-Z 0-9 . _ -", most: 249), standard: "interactions",
        "The topic that carries interaction events, keyed by customer.",
        change: "When your topic has another name. Positions in the store belong to a topic's name.")
    static let group = Setting(
        "kafka.group", .name("a-z A-Z 0-9 . _ -", most: 249), standard: "guanxi",
        "The consumer group that shares the partitions among workers.",
        change: "When two deployments read one topic: each needs a group and a schema of its own.")
    static let sessionTimeout = Setting(
        "kafka.session_timeout", .duration(.seconds(1) ... .seconds(300)), standard: "10s",
        "How long the brokers wait for a silent worker before its partitions go to others.",
        change: "Lower to be back sooner after a crash, raise when workers are lost for short network breaks.")
    static let heartbeat = Setting(
        "kafka.heartbeat", .duration(.milliseconds(100) ... .seconds(60)), standard: "3s",
        "How often a worker tells the brokers that it lives.",
        change: "Together with kafka.session_timeout: at most a third of it.")
    static let prefetchBytes = Setting(
        "kafka.prefetch_bytes", .size(1 << 20...1 << 30), standard: "64MiB",
        "How much the client fetches ahead of the fold, over all partitions of a worker.",
        change: "Lower when memory is short, raise when brokers are far away and workers wait for records.")

    // PostgreSQL.
    static let postgres = Setting(
        "postgres.url", .connection, standard: "postgresql://localhost/guanxi", isSecret: true,
        "Where PostgreSQL is, with everything libpq knows (TLS, certificates, several hosts).",
        change: "Always, outside a trial. Keep a password out of it: use postgres.password_file or libpq's passfile.")
    static let password = Setting(
        "postgres.password", .text(), standard: nil, isSecret: true,
        "The password, where the connection needs one and does not hold it.",
        change: "Give postgres.password_file (or GUANXI_POSTGRES_PASSWORD_FILE) rather than the password itself.")
    static let schema = Setting(
        "postgres.schema", .name("a-z 0-9 _", first: "a-z _", most: 48), standard: "guanxi",
        "The schema that holds all tables and views.",
        change: "When two deployments share a database.")

    // The worker and its batches.
    static let workerName = Setting(
        "worker.name", .name("a-z A-Z 0-9 . _ -", most: 64), standard: nil,
        "What this process is called in logs, in `progress` and in `status`; host and process id when not given.",
        change: "When a name that stays the same over restarts helps, as in a stateful set.")
    static let lanes = Setting(
        "worker.lanes", .integer(0...256), standard: "0",
        "How many threads decode and fold a batch; 0 for one a processor.",
        change: "When a worker shares its machine, or several run on one.")
    static let giveUpAfter = Setting(
        "worker.give_up_after", .duration(.seconds(1) ... .seconds(3600)), standard: "60s",
        "How long a worker tries to reach PostgreSQL before it leaves its partitions to others and stops (exit 3).",
        change: "Raise when fail-overs take longer; whoever supervises the worker starts it again.")
    static let stuckAfter = Setting(
        "worker.stuck_after", .duration(.seconds(30) ... .seconds(3600)), standard: "5m",
        "A worker whose loop stands still for so long is taken for hung: /health/live fails, the brokers give its "
            + "partitions to others, and it ends itself.",
        change: "Raise when a single transaction may honestly take longer.")
    static let batchRecords = Setting(
        "batch.records", .integer(1...2_000_000), standard: "1000000",
        "The most records in one batch, and so in one transaction.",
        change: "Lower for shorter transactions and less memory; batches are this large only under lag.")
    static let batchBytes = Setting(
        "batch.bytes", .size(64 << 10...1 << 30), standard: "256MiB",
        "The most bytes of records in one batch.",
        change: "Together with batch.records, when memory is short or events are much larger than 500 bytes.")
    static let linger = Setting(
        "batch.linger", .duration(.milliseconds(0) ... .seconds(60)), standard: "20ms",
        "How long a record may wait for company while PostgreSQL is idle: 1.5 s where records are two seconds old when "
            + "they come, for as long as the topic has more.",
        change: "Raise to spare PostgreSQL when seconds of delay do not matter.")
    static let freshness = Setting(
        "batch.freshness", .duration(.milliseconds(100) ... .seconds(600)), standard: "5s",
        "Under lag a batch grows, so that more events share a row, until its oldest record has waited this long.",
        change: "Raise for the highest throughput on promotion days, lower when fresh rows matter more.")
    static let cacheBytes = Setting(
        "cache.bytes", .size(0...64 << 30), standard: "256MiB",
        "How much memory the profiles of people recently seen may take.",
        change:
            "Raise while the metric guanxi_cache_misses_total grows as fast as the hits; lower when memory is short.")
    static let reviewInterval = Setting(
        "review.interval", .duration(.milliseconds(100) ... .seconds(3600)), standard: "1s",
        "How often a worker looks for profiles whose time to change has come.",
        change: "Raise to spare PostgreSQL when lifecycle changes may be written later.")
    static let reviewProfiles = Setting(
        "review.profiles", .integer(1...100_000), standard: "5000",
        "The most profiles of one review, and so of one transaction.",
        change: "Lower when reviews hold events up for too long.")
    static let grace = Setting(
        "shutdown.grace", .duration(.milliseconds(0) ... .seconds(600)), standard: "10s",
        "How long a worker that is told to stop may take to commit what it has begun.",
        change: "Keep it below what the supervisor grants before it kills (Kubernetes: 30s, Compose: 10s).")

    // What is accepted.
    static let recordMaxBytes = Setting(
        "record.max_bytes", .size(1 << 10...16 << 20), standard: "64KiB",
        "A record with a larger value is rejected as too_large.",
        change: "When honest events are larger.")
    static let futureTolerance = Setting(
        "record.future_tolerance", .duration(.milliseconds(0) ... .seconds(86_400)), standard: "10m",
        "An event further ahead of the worker's clock is rejected as in_the_future.",
        change: "When producers' clocks are worse than that.")

    // What the whole deployment must agree on.
    static let timeZone = Setting(
        "calendar.time_zone", .zone, standard: "UTC", scope: .cluster,
        "The time zone whose calendar days count, by its name in the tz database, such as Asia/Shanghai.",
        change: "Before the first `guanxi migrate`; later it needs a replay.")
    static let hashKey = Setting(
        "fold.hash_key", .hashKey, standard: "000102030405060708090a0b0c0d0e0f", scope: .cluster, isSecret: true,
        "The key of the hash that names events and the tombstones of erased identities.",
        change: "Before the first `guanxi migrate`, when tombstones must not be open to guessing; never later.")
    static let keep = Setting(
        "timeline.keep", .integer(1...48), standard: "32", scope: .cluster,
        "How many events of a type a profile keeps one by one.",
        change: "Before the first `guanxi migrate`, when segments count more events than that. Profiles grow with it.")
    static let keepLong = Setting(
        "timeline.keep_long", .integer(1...256), standard: "128", scope: .cluster,
        "The same for ask, message_sent, points_redeem and points_adjust.",
        change: "As timeline.keep.")
    static let consent = Setting(
        "consent.default", Kind<Consent>.choice, standard: "open",
        "Whether a person who never said anything may be written to.",
        change: "To closed, where the law asks for consent first. Give all workers the same.")

    // Telling what goes on.
    static let metricsHost = Setting(
        "metrics.host", .name("a-z A-Z 0-9 . : _ -", most: 253), standard: "127.0.0.1",
        "The address that answers /metrics, /health/live and /health/ready.",
        change: "To 0.0.0.0 in a container.")
    static let metricsPort = Setting(
        "metrics.port", .integer(0...65_535), standard: "9187",
        "The port of metrics and health; 0 answers nothing.",
        change: "When several workers share a host, or the port is taken.")
    static let logFormat = Setting(
        "log.format", Kind<LogFormat>.choice, standard: "text",
        "How log lines look: text for people, json for collectors.",
        change: "To json wherever logs are collected.")
    static let logLevel = Setting(
        "log.level", Kind<Logger.Level>.choice, standard: "info",
        "The least important lines that are written.",
        change: "To debug while looking for a fault.")

    enum Consent: String, CaseIterable, Sendable { case open, closed }

    static let all: [SettingEntry] = [
        brokers.entry, topic.entry, group.entry, sessionTimeout.entry, heartbeat.entry, prefetchBytes.entry,
        postgres.entry, password.entry, schema.entry,
        workerName.entry, lanes.entry, giveUpAfter.entry, stuckAfter.entry,
        batchRecords.entry, batchBytes.entry, linger.entry, freshness.entry,
        cacheBytes.entry, reviewInterval.entry, reviewProfiles.entry, grace.entry,
        recordMaxBytes.entry, futureTolerance.entry,
        timeZone.entry, hashKey.entry, keep.entry, keepLong.entry, consent.entry,
        metricsHost.entry, metricsPort.entry, logFormat.entry, logLevel.entry,
    ]

    static let relations: [Relation] = [
        Relation(
            sessionTimeout, atMost: stuckAfter,
            "a worker cannot be taken for hung before the brokers would miss its heartbeats"),
        Relation(
            freshness, times: 3, atMost: stuckAfter,
            "a batch being gathered, one folding and one committing must fit into it"),
        Relation(
            heartbeat, times: 3, atMost: sessionTimeout,
            "three heartbeats must fit into a session, or one lost packet loses the partitions"),
        Relation(linger, atMost: freshness, "a batch cannot wait longer than it may take"),
        Relation(recordMaxBytes, atMost: batchBytes, "the largest record must fit into a batch"),
        Relation(keep, atMost: keepLong, "the long timelines are at least as long as the others"),
    ]
}
