-- Who leaves a segment: the row goes, and the log says when, never before it was entered. Of a revision that nobody has
-- seen yet there is nothing to tell.
WITH gone AS (
    DELETE FROM segment_member m USING staged_leaving s
    WHERE m.revision = s.revision AND m.customer_id = s.customer_id
    RETURNING s.customer_id, s.segment, greatest(s.effective_at, m.entered_at) AS effective_at, s.cause
)
INSERT INTO transition_log (customer_id, effective_at, cause, definitions, steps)
SELECT customer_id, effective_at, cause, $1::bigint, ARRAY[ARRAY['segment', segment, NULL]]
FROM gone WHERE segment IS NOT NULL
