import ArgumentParser
import Postgres
import ProfileTables

/// Creates or updates the schema.
struct MigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Create the schema or bring it to this program's version, and store what all workers must agree on.",
        discussion: "Does nothing when there is nothing to do; several at once wait for each other.")

    @Flag(help: "Create the roles guanxi_worker, guanxi_reader and guanxi_admin too, and grant them what they need.")
    var roles = false

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let configuration = try options.load()
        let schema = configuration[Settings.schema]
        let connection: PostgresConnection
        do throws(PostgresError) {
            connection = try PostgresConnection(configuration.conninfo, name: "guanxi migrate")
        } catch {
            throw Failure(.unreachable, "\(error)")
        }
        do throws(Schema.Failure) {
            let applied = try Schema(connection, name: schema).migrate(configuration.agreement, roles: roles)
            for number in applied { StandardOutput.line("applied migration \(number)") }
            StandardOutput.line(
                "schema \(schema) is at version \(Schema.version)" + (roles ? "; roles and grants are set" : ""))
        } catch {
            if case .postgres(let error) = error, error.isDisconnected { throw Failure(.unreachable, "\(error)") }
            throw Failure(.failed, "\(error)")
        }
    }
}
