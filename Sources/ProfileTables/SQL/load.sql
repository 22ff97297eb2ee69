SELECT k.number, STORED_PROFILE
FROM unnest($1::text[]) WITH ORDINALITY AS k (customer_id, number) JOIN profile p ON p.customer_id = k.customer_id
