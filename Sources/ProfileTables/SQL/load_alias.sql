SELECT k.number, p.customer_id, p.version, p.state, p.level::text, p.connection::text, p.lifecycle::text, p.tier::text,
    p.level_since, p.connection_since, p.lifecycle_since, p.tier_since, p.evaluated_at, p.review_at
FROM unnest($1::text[]) WITH ORDINALITY AS k (identity, number) JOIN identity i ON i.identity = k.identity
JOIN profile p ON p.customer_id = i.customer_id
