-- Lines of the ledger as they are now; one with nothing in it any more goes.
WITH gone AS (
    DELETE FROM points p USING staged_points s
    WHERE s.earned = 0 AND s.spent = 0 AND s.refused = 0
        AND (p.customer_id, p.day, p.rule, p.kind) = (s.customer_id, s.day, s.rule, s.kind)
)
INSERT INTO points AS p (customer_id, day, rule, kind, earned, spent, refused, expires_on)
SELECT customer_id, day, rule, kind, earned, spent, refused, expires_on FROM staged_points
WHERE earned <> 0 OR spent <> 0 OR refused <> 0 ORDER BY customer_id, day, rule, kind
ON CONFLICT (customer_id, day, rule, kind) DO UPDATE SET
    earned = excluded.earned, spent = excluded.spent, refused = excluded.refused, expires_on = excluded.expires_on
