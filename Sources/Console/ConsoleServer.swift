import Hummingbird
import Logging
import Synchronization
import Worker

/// Answers `/metrics`, `/health/live` and `/health/ready` over HTTP.
package struct ConsoleServer: Sendable {
    let host: String
    let port: Int
    let sample: @Sendable () -> Metrics
    let stuckAfter: Duration
    let logger: Logger

    /// - Parameters:
    ///   - port: 0 for any free one.
    ///   - sample: the metrics as they are now.
    ///   - stuckAfter: how long the worker's loop may stand still before `/health/live` says so.
    package init(
        host: String, port: Int, stuckAfter: Duration, logger: Logger, sample: @escaping @Sendable () -> Metrics
    ) {
        self.host = host
        self.port = port
        self.stuckAfter = stuckAfter
        self.logger = logger
        self.sample = sample
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter started: told the port when it listens.
    package func run(started: @escaping @Sendable (_ port: Int) async -> Void = { _ in }) async throws {
        let router = Router()
        let sample = sample
        let liveness = Mutex(Liveness(limit: stuckAfter, now: .now))
        router.get("/metrics") { _, _ in
            Self.page(
                MetricsPage.text(sample(), residentBytes: ResidentMemory.bytes()), type: MetricsPage.contentType)
        }
        router.get("/health/live") { _, _ in
            let metrics = sample()
            return Self.answer(liveness.withLock { $0.asked(metrics, now: .now) })
        }
        router.get("/health/ready") { _, _ in Self.answer(Health.readiness(sample())) }
        let application = Application(
            router: router, configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in await started(channel.localAddress?.port ?? port) }, logger: logger)
        try await application.run()
    }

    private static func answer(_ health: Health) -> Response {
        page(health.reason + "\n", type: "text/plain; charset=utf-8", status: health.isGood ? .ok : .serviceUnavailable)
    }

    private static func page(_ text: String, type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }
}
