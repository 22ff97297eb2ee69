import Ingest
import Postgres

/// What the tables say is in force: documents as they were applied, and the revisions of segments.
package struct StoredDefinitions: Sendable {
    package var versions = Versions()
    /// The version that brought the model, and its text; nil where none was applied.
    package var modelVersion = 0
    package var model: String?
    package var calibration: String?
    /// Documents of segments by version: the newest, and those that brought a revision which is live.
    package var documents: [Int: String] = [:]
    /// Live ones, ascending by number.
    package var revisions: [SegmentRevision] = []

    package init() {}

    package static func edition(_ connection: PostgresConnection) throws(PostgresError) -> Edition {
        let rows = try connection.query(
            "edition",
            """
            SELECT coalesce((SELECT max(version) FROM definition), 0),
                coalesce((SELECT max(version) FROM calibration), 0),
                (SELECT count(*) FROM segment WHERE state = 'preparing')
            """)
        return Edition(
            Versions(definitions: Int(rows.int(0, 0)), calibration: Int(rows.int(0, 1))),
            preparing: Int(rows.int(0, 2)))
    }

    /// What is in force now, all of one moment.
    ///
    /// - Parameter connection: in no transaction.
    package static func read(_ connection: PostgresConnection) throws(PostgresError) -> StoredDefinitions {
        try connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        var stored = StoredDefinitions()
        stored.versions = try edition(connection).versions
        let models = try connection.query(
            "model",
            "SELECT version, model FROM definition WHERE model IS NOT NULL ORDER BY version DESC LIMIT 1")
        if models.count == 1 { (stored.modelVersion, stored.model) = (Int(models.int(0, 0)), models.string(0, 1)) }
        let calibrations = try connection.query(
            "calibration", "SELECT document::text FROM calibration ORDER BY version DESC LIMIT 1")
        if calibrations.count == 1 { stored.calibration = calibrations.string(0, 0) }
        let documents = try connection.query(
            "documents",
            """
            SELECT version, segments FROM definition WHERE segments IS NOT NULL AND (
                version = (SELECT max(version) FROM definition WHERE segments IS NOT NULL)
                OR version IN (SELECT definitions FROM segment WHERE state <> 'retired'))
            """)
        for row in 0..<documents.count { stored.documents[Int(documents.int(row, 0))] = documents.string(row, 1) }
        stored.revisions = try revisions(connection)
        try connection.execute("COMMIT")
        return stored
    }

    /// Live ones, ascending by number.
    package static func revisions(_ connection: PostgresConnection) throws(PostgresError) -> [SegmentRevision] {
        let rows = try connection.query(
            "revisions",
            """
            SELECT revision, id, state::text, definitions, digest, replaces FROM segment WHERE state <> 'retired'
            ORDER BY revision
            """)
        return (0..<rows.count).map { row in
            // The type in the database has exactly these labels and `retired`.
            SegmentRevision(
                number: Int32(rows.int(row, 0)), id: rows.string(row, 1),
                state: SegmentRevision.State(rawValue: rows.string(row, 2))!, version: Int(rows.int(row, 3)),
                digest: rows.string(row, 4), replaces: rows.optionalInt(row, 5).map { Int32($0) })
        }
    }
}
