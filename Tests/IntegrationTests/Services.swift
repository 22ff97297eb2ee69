import Foundation

/// The broker and the database that `scripts/services` starts, or any others.
///
///     scripts/services start && . .work/run/env && swift test --filter IntegrationTests
enum Services {
    static let kafka = ProcessInfo.processInfo.environment["KAFKA"] ?? ""
    static let postgres = ProcessInfo.processInfo.environment["POSTGRES"] ?? ""
    static var areThere: Bool { !kafka.isEmpty && !postgres.isEmpty }
}
