SELECT 0::bigint, STORED_PROFILE
FROM profile p WHERE p.review_at <= clock_timestamp() ORDER BY p.review_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
