-- Whose row this transaction did not write, or wrote where the row it was read from is missing (a version below
-- zero): asked before the transaction is rolled back. The version alone does not tell, as another may have written it.
SELECT s.customer_id FROM staged_profile s LEFT JOIN profile p USING (customer_id)
WHERE p.customer_id IS NULL OR p.xmin <> pg_current_xact_id()::xid OR p.version <> s.version ORDER BY 1
