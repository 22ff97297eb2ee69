import ArgumentParser
import Foundation
import Traffic

/// Data of others as events.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Write a known data set into the topic as events.",
        subcommands: [ImportCDNOW.self])
}

struct ImportCDNOW: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cdnow",
        abstract: "Write the CDNOW purchase log (Fader and Hardie 2001) as purchases.",
        discussion: """
            Each line of FILE is a purchase: master id, sample id, YYYYMMDD, number of CDs, dollars. The customer is \
            crm:cdnow-<sample id>; importing twice changes nothing, because the line's number names the event.
            """)

    @Argument(help: "CDNOW_sample.txt.", completion: .file())
    var file: String

    @OptionGroup var topic: TopicOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let text: String
        do { text = try ConfigurationOptions.readFile(file) } catch {
            throw Failure(.misused, "\(file) cannot be read: \(error)")
        }
        let purchases: [CDNOW.Purchase]
        do throws(CDNOW.Malformed) { purchases = try CDNOW.purchases(text) } catch {
            throw Failure(.failed, "\(file): \(error)")
        }
        var writer = try TopicWriter(try options.load(), topic, total: purchases.count)
        for purchase in purchases { try writer.write(purchase.value, key: purchase.key) }
        try writer.finish()
        let customers = Set(purchases.map(\.customer)).count
        switch output.output {
        case .text:
            let count = Written.count(purchases.count)
            StandardOutput.line("\(count) purchases of \(Written.count(customers)) customers in \(writer.topic)")
        case .json:
            let result = JSON.fields([
                "topic": .text(writer.topic), "records": .integer(purchases.count), "customers": .integer(customers),
            ])
            StandardOutput.line(result.text(isPretty: true))
        }
    }
}
