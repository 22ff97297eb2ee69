-- Fence 2: a row is written only over the version it was read at. Whoever was read is offered with the version negated:
-- where the row is missing the insert shows (a version below zero) instead of passing for a new person. Whoever must not be
-- there is offered with the version itself, over which nothing is written.
WITH written AS (
    INSERT INTO profile AS p (customer_id, version, OTHER_COLUMNS)
    SELECT customer_id, version, OTHER_COLUMNS FROM staged_profile ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET version = -excluded.version, ASSIGNMENTS
    WHERE p.version = -excluded.version - 1
    RETURNING version
)
SELECT count(*) FILTER (WHERE version > 0) FROM written
