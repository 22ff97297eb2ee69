-- Fence 2: a row is written only over the version it was read at. Every row here was read, so it is offered with its
-- version negated: where it is missing the insert shows (a version below zero) instead of passing for a new person.
WITH written AS (
    INSERT INTO profile AS p (customer_id, version, OTHER_COLUMNS)
    SELECT customer_id, -version, OTHER_COLUMNS FROM staged_profile ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET version = -excluded.version, ASSIGNMENTS
    WHERE p.version = -excluded.version - 1
    RETURNING version
)
SELECT count(*) FILTER (WHERE version > 0) FROM written
