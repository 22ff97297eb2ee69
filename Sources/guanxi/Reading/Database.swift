import Ingest
import Postgres
import ProfileTables

/// A connection to the deployment's schema, for commands that read.
struct Database {
    let connection: PostgresConnection
    private let schema: String

    /// - Parameter purpose: how the connection calls itself to the server.
    init(_ configuration: Configuration, purpose: String) throws {
        schema = configuration[Settings.schema]
        do throws(PostgresError) {
            connection = try PostgresConnection(configuration.conninfo, name: "guanxi \(purpose)")
            // The name is of letters, digits and underscores: a setting's check. What would be compiled are the many
            // columns of a row, for longer than it takes to read them.
            try connection.execute("SET search_path TO \(schema); SET jit = off", statement: "session settings")
        } catch {
            throw Self.failure(error, schema: schema)
        }
    }

    /// Rows of a statement.
    func rows(_ name: String, _ sql: String, _ parameters: [Parameter] = []) throws -> Rows {
        do throws(PostgresError) { return try connection.query(name, sql, parameters) } catch {
            throw Self.failure(error, schema: schema)
        }
    }

    /// A statement that gives no rows.
    func execute(_ sql: String) throws {
        do throws(PostgresError) { try connection.execute(sql) } catch { throw Self.failure(error, schema: schema) }
    }

    /// What the tables say is in force; not inside a transaction.
    func storedDefinitions() throws -> StoredDefinitions {
        do throws(PostgresError) { return try StoredDefinitions.read(connection) } catch {
            throw Self.failure(error, schema: schema)
        }
    }

    /// Live revisions of segments.
    func segmentRevisions() throws -> [SegmentRevision] {
        do throws(PostgresError) { return try StoredDefinitions.revisions(connection) } catch {
            throw Self.failure(error, schema: schema)
        }
    }

    private static func failure(_ error: PostgresError, schema: String) -> Failure {
        switch error.sqlState {
        case "42P01", "3F000":
            Failure(.failed, "schema \(schema) (postgres.schema) has no tables of this version: run `guanxi migrate`")
        case _ where error.isDisconnected || ["08", "57"].contains(error.sqlState.prefix(2)):
            Failure(.unreachable, "\(error)")
        default: Failure(.failed, "\(error)")
        }
    }
}

extension Configuration {
    /// What libpq is given: the connection of the configuration with its password.
    var conninfo: String {
        Conninfo.adding(password: optional(Settings.password), to: self[Settings.postgres])
    }
}

/// libpq's two ways to write a connection.
enum Conninfo {
    static func adding(password: String?, to text: String) -> String {
        guard let password else { return text }
        if text.contains("://") {
            let separator = text.contains("?") ? "&" : "?"
            return "\(text)\(separator)password=\(percentEncoded(password))"
        }
        let quoted = password.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return "\(text) password='\(quoted)'"
    }

    private static func percentEncoded(_ text: String) -> String {
        let plain = Characters("a-z A-Z 0-9 - . _ ~")
        return text.utf8.reduce(into: "") { result, byte in
            if plain.contains(byte) {
                result.unicodeScalars.append(UnicodeScalar(byte))
            } else {
                result += "%" + byte.hexadecimal
            }
        }
    }
}
