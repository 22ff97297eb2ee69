import Ingest
import Postgres

extension Disposition {
    /// What to do about an error of PostgreSQL, by SQLSTATE.
    package init(_ error: PostgresError) {
        switch error.sqlState {
        // The same transaction may succeed: serialization failure, deadlock, lock not available, statement time-out.
        case "40001", "40P01", "55P03", "57014": self = .retry
        // The server turned read-only, which a failover does: another connection may find the primary.
        case "25006": self = .abandon
        // The server ended a transaction that idled, and the connection with it: a worker that was frozen goes on.
        case "25P03": self = .abandon
        default:
            switch error.sqlState.prefix(2) {
            case "22", "23": self = .reject  // data, or a constraint that data broke
            case "53": self = .hold  // disk, memory or connections used up
            case "08": self = .abandon  // the connection
            case "57": self = error.sqlState.hasPrefix("57P") ? .abandon : .stop  // shut down or starting up
            case "XX": self = .stop  // corruption: touch nothing
            default: self = error.isDisconnected || error.sqlState.isEmpty ? .abandon : .stop
            }
        }
    }
}

extension StoreError {
    package init(_ error: PostgresError) {
        self.init(Disposition(error), sqlState: error.sqlState, error.description)
    }
}
