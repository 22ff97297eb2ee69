-- Lines of the ledger with nothing in them any more.
DELETE FROM points p USING staged_points s
WHERE s.earned = 0 AND s.spent = 0 AND s.refused = 0
    AND (p.customer_id, p.day, p.rule, p.kind) = (s.customer_id, s.day, s.rule, s.kind)
