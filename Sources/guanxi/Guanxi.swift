import ArgumentParser
import Dispatch
import Foundation

/// Runs the command that the arguments name and ends with its exit code.
@main
enum Program {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            var command = try Guanxi.parseAsRoot(arguments)
            // What waits for nothing stays on the first thread, where valgrind can follow it.
            if !(command is any AsyncParsableCommand) {
                try command.run()
                exit(ExitStatus.done.rawValue)
            }
        } catch {
            exit(report(error))
        }
        Task { exit(await run(arguments)) }
        dispatchMain()
    }

    /// - Returns: 0 done, 1 failed, 2 bad usage or configuration, 3 a dependency is unreachable.
    static func run(_ arguments: [String]) async -> Int32 {
        do {
            var command = try Guanxi.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return ExitStatus.done.rawValue
        } catch {
            return report(error)
        }
    }

    /// Says what went wrong on standard error (help and version on standard output).
    private static func report(_ error: any Error) -> Int32 {
        switch error {
        case let error as ConfigurationError:
            StandardError.write("guanxi: \(error)\n")
            return ExitStatus.misused.rawValue
        case let error as Failure:
            StandardError.write("guanxi: \(error)\n")
            return error.status.rawValue
        case let code as ExitCode:
            return code.rawValue
        default:
            let message = Guanxi.fullMessage(for: error)
            let code = Guanxi.exitCode(for: error)
            if code.isSuccess {
                StandardOutput.line(message)
                return ExitStatus.done.rawValue
            }
            StandardError.write(message + "\n")
            return code == .validationFailure ? ExitStatus.misused.rawValue : ExitStatus.failed.rawValue
        }
    }
}

/// What the process tells its caller.
enum ExitStatus: Int32 {
    case done = 0
    case failed = 1
    /// Bad usage or configuration: nothing was started.
    case misused = 2
    /// Kafka or PostgreSQL cannot be reached.
    case unreachable = 3
}

/// Why a command did not do what it was asked, in words for whoever called it.
struct Failure: Error, CustomStringConvertible {
    let status: ExitStatus
    let description: String

    init(_ status: ExitStatus, _ description: String) {
        self.status = status
        self.description = description
    }
}

struct Guanxi: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "guanxi",
        abstract: "Turns what people do around a shop into an up-to-date picture of every person.",
        discussion: """
            Exit codes: 0 done, 1 failed, 2 bad usage or configuration, 3 a dependency is unreachable.
            """,
        version: Version.text,
        subcommands: [
            WorkerCommand.self, MigrateCommand.self, GenerateCommand.self, ImportCommand.self, CardCommand.self,
            ExplainCommand.self, ExportCommand.self, PlanCommand.self,
            StatusCommand.self, RejectionsCommand.self, ApplyCommand.self, DefinitionsCommand.self,
            CalibrateCommand.self, AuditCommand.self, BenchCommand.self, ConfigurationCommand.self,
        ])
}

enum Version {
    static let text = "0.1.0"
}
