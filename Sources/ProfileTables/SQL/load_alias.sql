SELECT k.number, STORED_PROFILE
FROM unnest($1::text[]) WITH ORDINALITY AS k (identity, number) JOIN identity i ON i.identity = k.identity
JOIN profile p ON p.customer_id = i.customer_id
