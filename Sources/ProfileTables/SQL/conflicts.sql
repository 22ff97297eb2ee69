-- Who is not at the version they were read at any more (0: never there; an erasure is a version too), asked where their rows
-- are not written; and new people whose name belongs to another person by now.
SELECT k.customer_id FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS k (customer_id, version, identity_hash)
LEFT JOIN profile p ON p.customer_id = k.customer_id LEFT JOIN alias a ON a.identity = k.customer_id
LEFT JOIN erasure e ON e.identity_hash = k.identity_hash
WHERE coalesce(p.version, e.version, 0) <> k.version OR p.version IS NULL AND a.identity IS NOT NULL ORDER BY 1
