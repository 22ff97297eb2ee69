SELECT k.number, STORED_PROFILE
FROM unnest($1::text[]) WITH ORDINALITY AS k (identity, number) JOIN alias a ON a.identity = k.identity
JOIN profile p ON p.customer_id = a.customer_id
