SELECT k.number, p.customer_id, p.version, p.state, p.level::text, p.connection::text, p.lifecycle::text, p.tier::text,
    p.level_since, p.connection_since, p.lifecycle_since, p.tier_since, p.evaluated_at, p.review_at
FROM unnest($1::text[]) WITH ORDINALITY AS k (customer_id, number) JOIN profile p ON p.customer_id = k.customer_id
