-- Everything that names the person goes; a keyed hash of each identity stays.
WITH person AS (SELECT $1::text AS customer_id), gone AS (
    DELETE FROM profile p USING person WHERE p.customer_id = person.customer_id AND p.version = $2::bigint
    RETURNING p.customer_id, p.segments
), transitions AS (
    DELETE FROM transition_log t USING person WHERE t.customer_id = person.customer_id
), points AS (
    DELETE FROM points t USING person WHERE t.customer_id = person.customer_id
), memberships AS (
    DELETE FROM segment_member m USING gone WHERE m.customer_id = gone.customer_id AND m.revision = ANY (gone.segments)
), exports AS (
    DELETE FROM exported t USING person WHERE t.customer_id = person.customer_id
), identities AS (
    DELETE FROM alias i USING person WHERE i.customer_id = person.customer_id
), rejections AS (
    UPDATE rejection SET payload = NULL, key = NULL, customer_id = NULL WHERE customer_id = ANY ($3::text[])
), tombstones AS (
    INSERT INTO erasure AS e (identity_hash, erased_until, version)
    SELECT hash, $5::timestamptz, $2::bigint + 1 FROM unnest($4::bigint[]) AS hash
    ON CONFLICT (identity_hash) DO UPDATE SET erased_until = greatest(e.erased_until, excluded.erased_until),
        version = greatest(e.version + 1, excluded.version)
)
-- What was there, to be compared with what was read: the row of that version, any other row, the erasure before this one.
SELECT (SELECT count(*) FROM gone),
    (SELECT count(*) FROM profile p JOIN person USING (customer_id) WHERE p.version <> $2::bigint),
    coalesce((SELECT e.version FROM erasure e WHERE e.identity_hash = $6::bigint), 0)
