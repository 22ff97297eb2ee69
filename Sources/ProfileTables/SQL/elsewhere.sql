-- Whose staged rows the upsert did not write, as they are not at the version they were read at; and whether they are gone,
-- which shows in the version below zero that was inserted. What this transaction wrote bears its number, and what was written
-- of what is staged bears the version staged, whatever its sign.
SELECT s.customer_id, p.version < 0 FROM staged_profile s JOIN profile p ON p.customer_id = s.customer_id
WHERE p.xmin <> pg_current_xact_id()::xid OR p.version <> abs(s.version)
