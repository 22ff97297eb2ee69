SELECT 0::bigint, p.customer_id, p.version, p.state, p.level::text, p.connection::text, p.lifecycle::text, p.tier::text,
    p.level_since, p.connection_since, p.lifecycle_since, p.tier_since, p.evaluated_at, p.review_at
FROM profile p WHERE p.review_at <= clock_timestamp() ORDER BY p.review_at LIMIT $1::bigint FOR UPDATE SKIP LOCKED
