import Postgres

/// Percentiles of scores over everybody: the values go into a temporary table and PostgreSQL sorts them, so millions of
/// people take its disk and nobody's memory, and every cut-off is a value that somebody has.
///
/// Lives inside one transaction, which the caller begins and ends.
package struct ScorePercentiles {
    private let connection: PostgresConnection
    private let names: [String]
    private var rows: [UInt8] = []

    /// - Parameter names: of the scores: words of our own.
    package init(_ connection: PostgresConnection, names: [String]) throws(PostgresError) {
        self.connection = connection
        self.names = names
        let columns = names.map { "\($0) double precision" }.joined(separator: ", ")
        try connection.execute("CREATE TEMPORARY TABLE score_value (\(columns)) ON COMMIT DROP")
    }

    /// Adds somebody's scores, in the order of the names; nil where there is none.
    package mutating func add(_ values: [Double?]) {
        rows.append(bigEndian: Int16(values.count))
        for value in values { if let value { rows.append(double: value) } else { rows.appendNull() } }
    }

    /// Hands what was added to the server.
    package mutating func flush() throws(PostgresError) {
        if rows.isEmpty { return }
        try connection.copyIn("COPY score_value FROM STDIN (FORMAT binary)", statement: "copy scores", [rows])
        rows.removeAll(keepingCapacity: true)
    }

    /// `percentile_disc` of 0.1 %, 0.2 % … 99.9 % over those who have the score, and how many those are; nil when
    /// nobody has it.
    package func cuts(of name: String) throws(PostgresError) -> (cuts: [Double], people: Int)? {
        let rows = try connection.query(
            "percentiles of \(name)",
            """
            SELECT cut, (SELECT count(\(name)) FROM score_value) FROM unnest((
                -- A little less, so that a whole number of people is not passed by an error of rounding.
                SELECT percentile_disc(
                        ARRAY(SELECT n / 1000::float8 * (1 - 1e-12) FROM generate_series(1, 999) AS n))
                    WITHIN GROUP (ORDER BY \(name)) FROM score_value)) AS cut WHERE cut IS NOT NULL
            """)
        if rows.count == 0 { return nil }
        return ((0..<rows.count).map { rows.double($0, 0) }, Int(rows.int(0, 1)))
    }
}
