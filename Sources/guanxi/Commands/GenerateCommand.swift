import ArgumentParser
import Foundation
import Traffic

/// Traffic of a promotion day, from one seed.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Write realistic promotion-day traffic into the topic.",
        discussion: """
            The same options and seed write the same records, byte for byte, if --start is given too: by default the \
            last event happens now. A second wave over the same people needs another --wave, or all its events are \
            duplicates of the first.
            """)

    @Option(help: "How many records.")
    var events = 300_000

    @Option(help: "How many different customers.")
    var customers = 20_000

    @Option(help: "How uneven customers are: exponent of their Zipf distribution, 0 for all alike.")
    var skew = 1.05

    @Option(help: "How many different items.")
    var items = 5000

    @Option(help: "Decides everything that looks random.")
    var seed: UInt64 = 1

    @Option(help: "Part of the events' ids.")
    var wave = 1

    @Option(help: ArgumentHelp("How long the events lie apart in all.", valueName: "duration"))
    var span = "1h"

    @Option(help: ArgumentHelp("When the first event happens.", valueName: "2026-11-11T00:00:00+08:00"))
    var start: String?

    @Option(help: "Share of records whose event happened up to an hour earlier.")
    var late = 0.01

    @Option(help: "Share of records that come twice.")
    var duplicates = 0.01

    @Option(help: "Share of records that cannot be folded.")
    var bad = 0.001

    @Option(help: "Records a second; 0 as fast as the brokers take them.")
    var rate = 0

    @OptionGroup var topic: TopicOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws { _ = try plan() }

    private func plan() throws -> TrafficPlan {
        func check(_ isFine: Bool, _ message: String) throws { if !isFine { throw ValidationError(message) } }
        try check((1...1_000_000_000).contains(events), "--events is a number from 1 to 1000000000")
        try check((1...100_000_000).contains(customers), "--customers is a number from 1 to 100000000")
        try check((1...10_000_000).contains(items), "--items is a number from 1 to 10000000")
        try check((0...5).contains(skew), "--skew is a number from 0 to 5")
        try check((0...1_000_000).contains(wave), "--wave is a number from 0 to 1000000")
        try check((0...100_000_000).contains(rate), "--rate is a number from 0 to 100000000")
        for (name, share) in [("late", late), ("duplicates", duplicates), ("bad", bad)] {
            try check((0...1).contains(share), "--\(name) is a share from 0 to 1")
        }
        guard let span = Duration(written: span) else {
            throw ValidationError("--span is a duration such as 90s, 15m, 1h or 7d")
        }
        var first = Int64(Date().timeIntervalSince1970 * 1000) - span.milliseconds
        if let start {
            guard let date = try? Date(start, strategy: .iso8601) else {
                throw ValidationError("--start is an instant such as 2026-11-11T00:00:00+08:00")
            }
            first = Int64(date.timeIntervalSince1970 * 1000)
        }
        var plan = TrafficPlan(start: first)
        plan.seed = seed
        plan.events = events
        plan.customers = customers
        plan.skew = skew
        plan.items = items
        plan.span = span.milliseconds
        plan.wave = wave
        plan.late = late
        plan.duplicates = duplicates
        plan.bad = bad
        return plan
    }

    func run() async throws {
        var writer = try TopicWriter(try options.load(), topic, total: events)
        var stream = TrafficStream(try plan())
        let clock = ContinuousClock()
        let began = clock.now
        while stream.next() {
            try writer.write(stream.isTombstone ? nil : stream.value, key: stream.key)
            if rate > 0, stream.made % 100 == 0 {
                try await clock.sleep(until: began + .seconds(Double(stream.made) / Double(rate)))
            }
        }
        try writer.finish()
        switch output.output {
        case .text:
            let rate = Int(Double(stream.made) / max(writer.seconds, 0.001))
            StandardOutput.line(
                "\(Written.count(stream.made)) records in \(writer.topic), \(Written.count(stream.bad)) of them bad, "
                    + "in \(Written.decimal(writer.seconds, places: 1)) s (\(Written.count(rate))/s)")
        case .json:
            let result = JSON.fields([
                "topic": .text(writer.topic), "records": .integer(stream.made), "bad": .integer(stream.bad),
                "seconds": .number(writer.seconds),
            ])
            StandardOutput.line(result.text(isPretty: true))
        }
    }
}
