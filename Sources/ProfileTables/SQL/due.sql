-- The clock of the statement, not the one that goes on meanwhile: that may not be searched for in an index, and everybody
-- would be looked at each time.
SELECT 0::bigint, STORED_PROFILE
FROM profile p WHERE p.review_at <= statement_timestamp() ORDER BY p.review_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
