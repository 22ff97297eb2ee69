-- Whose row was not written at the version it should have now: asked before the transaction is rolled back.
SELECT s.customer_id FROM staged_profile s LEFT JOIN profile p USING (customer_id)
WHERE p.version IS DISTINCT FROM s.version ORDER BY 1
