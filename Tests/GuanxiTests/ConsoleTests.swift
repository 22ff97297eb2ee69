import Console
import Foundation
import Ingest
import Logging
import Testing
import Worker

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

private let partition = Partition(topic: "inter\"actions", number: 3)

private func sample() -> Metrics {
    var metrics = Metrics()
    metrics.events = 1_000_000
    metrics.rejections = [.notJSON: 3]
    metrics.batches = [.linger: 2]
    metrics.batchSize.observe(1)
    metrics.batchSize.observe(700, times: 2)
    metrics.batchSize.observe(1e6)
    metrics.commitTime.observe(.milliseconds(30))
    metrics.lag = [partition: 12]
    metrics.storeErrors = [.abandon: 4]
    return metrics
}

@Suite struct MetricsText {
    @Test func countersWithTheirLabels() {
        let lines = MetricsPage.text(sample(), residentBytes: 4096).split(separator: "\n")
        for line in [
            "# TYPE guanxi_events_total counter", "guanxi_events_total 1000000",
            #"guanxi_rejections_total{reason="not_json"} 3"#, #"guanxi_rejections_total{reason="empty"} 0"#,
            #"guanxi_batches_total{trigger="linger"} 2"#, #"guanxi_batches_total{trigger="full"} 0"#,
            #"guanxi_lag_records{topic="inter\"actions",partition="3"} 12"#,
            #"guanxi_store_errors_total{answer="abandon"} 4"#, "guanxi_process_resident_memory_bytes 4096",
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    @Test func histogramsAreRunningSums() {
        let lines = MetricsPage.text(sample()).split(separator: "\n")
        for line in [
            "# TYPE guanxi_batch_records histogram", #"guanxi_batch_records_bucket{le="1"} 1"#,
            #"guanxi_batch_records_bucket{le="500"} 1"#, #"guanxi_batch_records_bucket{le="1000"} 3"#,
            #"guanxi_batch_records_bucket{le="100000"} 3"#, #"guanxi_batch_records_bucket{le="+Inf"} 4"#,
            "guanxi_batch_records_sum 1001401", "guanxi_batch_records_count 4",
            #"guanxi_batch_step_seconds_bucket{step="commit",le="0.025"} 0"#,
            #"guanxi_batch_step_seconds_bucket{step="commit",le="0.05"} 1"#,
            #"guanxi_batch_step_seconds_sum{step="commit"} 0.03"#,
        ] {
            #expect(lines.contains(Substring(line)), "\(line)")
        }
    }

    /// Prometheus' text format, line by line: every sample belongs to the type announced last, no series twice.
    @Test func everyLineIsWellFormed() throws {
        var type = ""
        var series: Set<String> = []
        let line = #/([a-z_]+)(\{([a-z]+="(\\.|[^"\\\n])*",?)+\})? ([0-9.e+-]+|\+Inf|NaN)/#
        for text in MetricsPage.text(sample()).split(separator: "\n") {
            if text.hasPrefix("# TYPE ") {
                type = String(text.split(separator: " ")[2])
            } else if !text.hasPrefix("# HELP ") {
                let match = try #require(try line.wholeMatch(in: text), "\(text)")
                #expect(match.1.hasPrefix(type), "\(text)")
                let isNew = series.insert(String(text[..<text.lastIndex(of: " ")!])).inserted
                #expect(isNew, "\(text)")
            }
        }
        #expect(series.count > 100)
    }
}

@Suite struct Histograms {
    @Test func aBoundBelongsToTheBucketBelow() {
        var histogram = Histogram(bounds: [1, 10])
        for value in [0, 1, 1.5, 10, 11] { histogram.observe(value) }
        #expect(histogram.counts == [2, 2, 1])
        #expect(histogram.sum == 23.5)
    }

    @Test func quantilesLieInTheRightBucket() {
        var histogram = Histogram(bounds: [1, 2, 4])
        #expect(histogram.quantile(0.5) == nil)
        histogram.observe(0.5, times: 50)
        histogram.observe(3, times: 49)
        histogram.observe(100)
        #expect(histogram.quantile(0.5) == 1)
        #expect(histogram.quantile(0.25) == 0.5)
        #expect(histogram.quantile(0.99) == 4)
        #expect(histogram.quantile(1) == 4)
    }

    @Test func joiningAddsUp() {
        var one = Histogram(bounds: [1, 2])
        var other = one
        one.observe(0.5)
        other.observe(1.5, times: 3)
        one.merge(other)
        #expect(one.counts == [1, 3, 0])
        #expect(one.sum == 5)
    }
}

@Suite struct HealthAnswers {
    private func metrics(_ change: (inout Metrics) -> Void = { _ in }) -> Metrics {
        var metrics = Metrics()
        metrics.hasJoined = true
        metrics.isStoreReachable = true
        metrics.isLogReachable = true
        change(&metrics)
        return metrics
    }

    @Test func readiness() {
        #expect(Health.readiness(metrics()) == Health(isGood: true, reason: "ready, 0 partitions"))
        #expect(Health.readiness(metrics { $0.assigned = [partition] }).reason == "ready, 1 partitions")
        #expect(!Health.readiness(metrics { $0.hasJoined = false }).isGood)
        #expect(!Health.readiness(metrics { $0.isStoreReachable = false }).isGood)
        #expect(!Health.readiness(metrics { $0.isLogReachable = false }).isGood)
        #expect(!Health.readiness(metrics { $0.isDraining = true }).isGood)
    }

    @Test func aLoopThatStandsStillIsNotAlive() {
        let start = ContinuousClock.now
        var liveness = Liveness(limit: .seconds(60), now: start)
        var metrics = Metrics()
        #expect(liveness.asked(metrics, now: start + .seconds(59)).isGood)
        metrics.turns = 1
        #expect(liveness.asked(metrics, now: start + .seconds(70)).isGood)
        #expect(liveness.asked(metrics, now: start + .seconds(130)).isGood)
        #expect(!liveness.asked(metrics, now: start + .seconds(131)).isGood)
        metrics.turns = 2
        #expect(liveness.asked(metrics, now: start + .seconds(132)).isGood)
    }

    @Test func memoryIsReadFromTheSystemsText() {
        let status = "Name:\tguanxi\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n"
        #expect(ResidentMemory.read(field: "VmRSS", in: status) == 1024 * 1024)
        #expect(ResidentMemory.read(field: "VmNone", in: status) == nil)
    }
}

@Suite struct OverHTTP {
    @Test(.timeLimit(.minutes(1))) func theThreePages() async throws {
        let meter = Meter()
        let server = ConsoleServer(
            host: "127.0.0.1", port: 0, stuckAfter: .seconds(60), logger: Logger(label: "test"),
            sample: { meter.snapshot() })
        let (ports, started) = AsyncStream.makeStream(of: Int.self)
        let running = Task { try await server.run { started.yield($0) } }
        defer { running.cancel() }
        let port = try #require(await ports.first { _ in true })

        func get(_ path: String) async throws -> (status: Int, type: String?, text: String) {
            let url = try #require(URL(string: "http://127.0.0.1:\(port)\(path)"))
            let (data, response) = try await URLSession.shared.data(from: url)
            let http = try #require(response as? HTTPURLResponse)
            return (
                http.statusCode, http.value(forHTTPHeaderField: "Content-Type"), String(decoding: data, as: UTF8.self)
            )
        }
        let page = try await get("/metrics")
        #expect(page.status == 200)
        #expect(page.type == MetricsPage.contentType)
        #expect(page.text.contains("guanxi_events_total 0\n"))
        #expect(page.text.contains("guanxi_process_resident_memory_bytes "))
        #expect(try await get("/health/live").status == 200)
        #expect(try await get("/health/ready").status == 503)
        meter.update {
            $0.hasJoined = true
            $0.isStoreReachable = true
            $0.isLogReachable = true
        }
        let ready = try await get("/health/ready")
        #expect(ready.status == 200)
        #expect(ready.text == "ready, 0 partitions\n")
        #expect(try await get("/nothing").status == 404)
    }
}
