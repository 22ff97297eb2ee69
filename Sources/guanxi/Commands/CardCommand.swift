import ArgumentParser

/// One person, by any of their identities.
struct CardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Show one person: what is known, and what each number means.")

    @Argument(help: ArgumentHelp("Any identity of the person.", valueName: "namespace:id"))
    var identity: String

    @Option(help: "How many of the newest events and changes to show.")
    var newest = 8

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (0...1000).contains(newest) else { throw ValidationError("--newest is a number from 0 to 1000") }
    }

    func run() throws {
        let database = try Database(try options.load(), purpose: "card")
        guard let card = try Card.read(identity, from: database, newest: newest) else {
            throw Failure(.failed, "nobody has the identity \(identity): none of their events has been folded yet")
        }
        switch output.output {
        case .text: StandardOutput.line(card.text)
        case .json: StandardOutput.line(card.json.text(isPretty: true))
        }
    }
}
