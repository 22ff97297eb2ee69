-- One instant for what one commit writes: PostgreSQL takes rows of a COPY a page at a time when no default of theirs
-- may differ from row to row.
ALTER TABLE transition ALTER COLUMN recorded_at SET DEFAULT statement_timestamp();
COMMENT ON COLUMN transition.recorded_at IS 'When it was written: the same for what one commit writes.';
