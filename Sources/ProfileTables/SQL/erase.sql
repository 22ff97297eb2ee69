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
    INSERT INTO erasure (identity_hash, erased_until)
    SELECT hash, $5::timestamptz FROM unnest($4::bigint[]) AS hash
    ON CONFLICT (identity_hash) DO UPDATE SET erased_until = greatest(erasure.erased_until, excluded.erased_until)
)
-- A row of another version, also one where there was none when it was read, is a conflict.
SELECT (SELECT count(*) FROM gone),
    (SELECT count(*) FROM profile p JOIN person USING (customer_id) WHERE p.version <> $2::bigint)
