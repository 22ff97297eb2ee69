import ArgumentParser

/// The cluster's member.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Fold events into profiles, and review those whose time has come.",
        discussion: """
            Start as many as you like: they share the topic's partitions. SIGTERM or SIGINT lets it commit what it has \
            begun (at most shutdown.grace); a second signal ends it at once, which costs nothing but work done again.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Check settings and connections, say what was found, and stop.")
    var check = false

    func run() async throws {
        let configuration = try options.load()
        if check {
            try WorkerCheck(configuration).run(output.output)
            return
        }
        Allocator.keepFreedMemory()
        let store = try configuration.openStore()
        try await WorkerProcess(configuration, store: store, roundTrips: { store.roundTrips }).run()
    }
}
