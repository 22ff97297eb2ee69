import ArgumentParser

/// Prints the page that documents every setting.
struct ConfigurationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configuration", abstract: "Print the page that documents every setting (Markdown).")

    func run() { StandardOutput.write(SettingsPage.markdown()) }
}
