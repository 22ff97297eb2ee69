import Ingest
import Postgres
import Scoring
import Segments

/// Documents that become what is in force.
extension Database {
    /// - Returns: the version it has become.
    func apply(_ model: ScoringModel, text: String) throws -> Int {
        try newVersion(of: "definition") { version in
            _ = try rows(
                "apply", "INSERT INTO definition (version, model, checksum) VALUES ($1::bigint, $2::text, $3::text)",
                [.int(Int64(version)), .string(text), .string(ModelDocument.checksum(text))])
            _ = try rows(
                "decay",
                """
                UPDATE decay SET engagement_half_life = $1::float8, engagement_scale = $2::float8,
                    trust_half_life = $3::float8, influence_half_life = $4::float8, advocacy_half_life = $5::float8,
                    advocacy_scale = $6::float8
                """,
                [
                    model.engagementHalfLife, model.engagementScale, model.trustHalfLife, model.influenceHalfLife,
                    model.advocacyHalfLife, model.advocacyScale,
                ].map { .double($0) })
        }
    }

    /// - Returns: the version it has become or is already; in the latter case nothing was changed and there is no plan.
    func apply(_ document: SegmentDocument, text: String) throws -> (version: Int, plan: RevisionPlan?) {
        let checksum = ModelDocument.checksum(text)
        let newest = try rows(
            "newest document",
            "SELECT checksum, version FROM definition WHERE segments IS NOT NULL ORDER BY version DESC LIMIT 1")
        if newest.count == 1, newest.string(0, 0) == checksum { return (Int(newest.int(0, 1)), nil) }
        var plan: RevisionPlan?
        let version = try newVersion(of: "definition") { version in
            _ = try rows(
                "apply", "INSERT INTO definition (version, segments, checksum) VALUES ($1::bigint, $2::text, $3::text)",
                [.int(Int64(version)), .string(text), .string(checksum)])
            plan = try replaceSegments(by: document, version: version)
        }
        return (version, plan)
    }

    /// Makes the revisions of the document's segments what there is to be; inside the transaction of a new version.
    private func replaceSegments(by document: SegmentDocument, version: Int) throws -> RevisionPlan {
        let digests = document.digests
        let plan = RevisionPlan(
            try segmentRevisions(), digests: document.segments.map { ($0.id, digests[$0.id]!) })
        // In the tables of a removed segment its members leave at once; nobody has seen what was only prepared.
        _ = try rows(
            "members leave",
            """
            INSERT INTO transition_log (customer_id, effective_at, cause, definitions, steps)
            SELECT m.customer_id, greatest(clock_timestamp(), m.entered_at), 'definition', $2::bigint,
                ARRAY[ARRAY['segment', s.id, NULL]]
            FROM segment s JOIN segment_member m USING (revision) WHERE s.revision = ANY ($1::bigint[])
            """, [.ints(plan.removed.map { Int64($0.number) }), .int(Int64(version))])
        _ = try rows(
            "retire", "UPDATE segment SET state = 'retired' WHERE revision = ANY ($1::bigint[])",
            [.ints((plan.removed.map(\.number) + plan.dropped).map { Int64($0) })])
        for segment in document.segments {
            _ = try rows(
                "name segment", "UPDATE segment SET name = $2::text WHERE id = $1::text AND name <> $2::text",
                [.string(segment.id), .string(segment.name)])
        }
        let names = Dictionary(uniqueKeysWithValues: document.segments.map { ($0.id, $0.name) })
        for (id, replaces) in plan.prepared {
            _ = try rows(
                "prepare segment",
                """
                INSERT INTO segment (revision, id, name, state, definitions, digest, replaces)
                VALUES (nextval('segment_revision'), $1::text, $2::text, 'preparing', $3::bigint, $4::text,
                    nullif($5::bigint, 0))
                """,
                [
                    .string(id), .string(names[id]!), .int(Int64(version)), .string(digests[id]!),
                    .int(Int64(replaces ?? 0)),
                ])
        }
        return plan
    }
}
