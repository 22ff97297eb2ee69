/// What PostgreSQL, or the way to it, said.
package struct PostgresError: Error, Equatable, CustomStringConvertible, Sendable {
    /// Five characters, or empty when the server did not answer.
    package let sqlState: String
    /// Which statement of ours it was.
    package let statement: String
    /// The primary message alone: detail and context may quote rows, and rows are about people.
    package let message: String
    /// The connection is gone.
    package let isDisconnected: Bool

    package init(sqlState: String, statement: String, message: String, isDisconnected: Bool = false) {
        self.sqlState = sqlState
        self.statement = statement
        self.message = message
        self.isDisconnected = isDisconnected
    }

    package var description: String {
        "PostgreSQL, \(statement): \(message)\(sqlState.isEmpty ? "" : " (SQLSTATE \(sqlState))")"
    }
}
