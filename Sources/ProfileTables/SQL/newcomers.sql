-- Whether the name of somebody new belongs to another person by now, or was erased since it was looked for.
SELECT EXISTS (SELECT FROM alias WHERE identity = ANY ($1::text[])) OR EXISTS (
    SELECT FROM unnest($2::bigint[], $3::bigint[]) AS k (identity_hash, version)
    JOIN erasure e ON e.identity_hash = k.identity_hash WHERE e.version <> k.version
)
