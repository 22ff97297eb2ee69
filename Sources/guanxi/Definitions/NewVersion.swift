import Postgres
import ProfileTables

/// A new version of what is in force, and the start of everybody's evaluation with it: in one transaction, alone.
extension Database {
    /// - Parameter store: stores version `n` and says how.
    /// - Returns: the number of the new version.
    func newVersion(of table: String, _ store: (Int) throws -> Void) throws -> Int {
        try execute("BEGIN")
        do {
            // In this order: a worker that holds a part goes on to the other lock when it commits.
            try execute("SELECT FROM backfill ORDER BY part FOR UPDATE")
            // Batches by the version before are through; those that follow are refused and made anew.
            try execute("SELECT pg_advisory_xact_lock(\(Schema.definitionsLock))")
            let version = Int(try rows("newest", "SELECT coalesce(max(version), 0) FROM \(table)").int(0, 0)) + 1
            try store(version)
            try execute(
                """
                UPDATE backfill SET position = '', done = false, people = 0, updated_at = clock_timestamp(),
                    definitions = coalesce((SELECT max(version) FROM definition), 0),
                    calibration = coalesce((SELECT max(version) FROM calibration), 0)
                """)
            try execute("COMMIT")
            return version
        } catch {
            connection.rollback()
            throw error
        }
    }
}
