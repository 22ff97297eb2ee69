/// What PostgreSQL, or the way to it, said.
public struct PostgresError: Error, Equatable, CustomStringConvertible, Sendable {
    /// Five characters, or empty when the server did not answer.
    public let sqlState: String
    /// Which statement of ours it was.
    public let statement: String
    /// The primary message alone: detail and context may quote rows, and rows are about people.
    public let message: String
    /// The connection is gone.
    public let isDisconnected: Bool

    public init(sqlState: String, statement: String, message: String, isDisconnected: Bool = false) {
        self.sqlState = sqlState
        self.statement = statement
        self.message = message
        self.isDisconnected = isDisconnected
    }

    public var description: String {
        "PostgreSQL, \(statement): \(message)\(sqlState.isEmpty ? "" : " (SQLSTATE \(sqlState))")"
    }
}
