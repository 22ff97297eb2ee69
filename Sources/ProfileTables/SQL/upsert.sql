-- Fence 2: a row is written only over the version it was read at. A row that was read is offered with its version
-- negated, so that where it is missing the insert shows (a version below zero) instead of passing for a new person.
WITH written AS (
    INSERT INTO profile AS p (
        customer_id, version, state, level, connection, lifecycle, level_since, connection_since, lifecycle_since,
        engagement, engagement_sum, activity, recency, frequency, monetary, purchases, net_spend, repeat_days,
        recency_days, tenure_days, first_seen, last_seen, first_purchase, last_purchase, marketable, evaluated_at,
        review_at)
    SELECT customer_id, CASE version WHEN 1 THEN 1 ELSE -version END, state, level, connection, lifecycle, level_since,
        connection_since, lifecycle_since, engagement, engagement_sum, activity, recency, frequency, monetary, purchases,
        net_spend, repeat_days, recency_days, tenure_days, first_seen, last_seen, first_purchase, last_purchase,
        marketable, evaluated_at, review_at
    FROM staged_profile ORDER BY customer_id
    ON CONFLICT (customer_id) DO UPDATE SET
        version = -excluded.version, state = excluded.state, level = excluded.level, connection = excluded.connection,
        lifecycle = excluded.lifecycle, level_since = excluded.level_since,
        connection_since = excluded.connection_since, lifecycle_since = excluded.lifecycle_since,
        engagement = excluded.engagement, engagement_sum = excluded.engagement_sum, activity = excluded.activity,
        recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary,
        purchases = excluded.purchases, net_spend = excluded.net_spend, repeat_days = excluded.repeat_days,
        recency_days = excluded.recency_days, tenure_days = excluded.tenure_days, first_seen = excluded.first_seen,
        last_seen = excluded.last_seen, first_purchase = excluded.first_purchase,
        last_purchase = excluded.last_purchase, marketable = excluded.marketable,
        evaluated_at = excluded.evaluated_at, review_at = REVIEW_AT
    WHERE p.version = -excluded.version - 1
    RETURNING version
)
SELECT count(*), count(*) FILTER (WHERE version < 0) FROM written
