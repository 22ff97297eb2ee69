-- Lines of the ledger as they are now.
INSERT INTO points AS p (customer_id, day, rule, kind, earned, spent, refused, expires_on)
SELECT customer_id, day, rule, kind, earned, spent, refused, expires_on FROM staged_points
WHERE earned <> 0 OR spent <> 0 OR refused <> 0 ORDER BY customer_id, day, rule, kind
ON CONFLICT (customer_id, day, rule, kind) DO UPDATE SET
    earned = excluded.earned, spent = excluded.spent, refused = excluded.refused, expires_on = excluded.expires_on
