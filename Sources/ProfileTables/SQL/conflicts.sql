-- Who is not at the version they were read at any more (0: not there), asked where their rows are not written; and new
-- people whose name belongs to another person by now.
SELECT k.customer_id FROM unnest($1::text[], $2::bigint[]) AS k (customer_id, version)
LEFT JOIN profile p ON p.customer_id = k.customer_id LEFT JOIN alias a ON a.identity = k.customer_id
WHERE coalesce(p.version, 0) <> k.version OR k.version = 0 AND a.identity IS NOT NULL ORDER BY 1
