-- The next people of one hash partition who were not evaluated with what is in force, up to a name, locked until they are
-- written.
SELECT 0::bigint, STORED_PROFILE
FROM PARTITION p
WHERE p.customer_id > $1::text AND p.customer_id <= $5::text
    AND (p.definitions <> $3::bigint OR p.calibration <> $4::bigint)
ORDER BY p.customer_id LIMIT $2::bigint FOR UPDATE
