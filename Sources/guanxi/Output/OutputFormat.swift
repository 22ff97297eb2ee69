import ArgumentParser

/// How a command prints what it found.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
    case text, json
}

struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: text for people, json for programs.")
    var output: OutputFormat = .text
}
