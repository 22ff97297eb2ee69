-- An erasure is a version like any other: a profile that comes after it goes on from there. So what was read before never
-- passes for what came after, and a new person is known from one who was erased meanwhile.
ALTER TABLE erasure ADD COLUMN version bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN erasure.version IS 'Counts on where the profile''s version ended; a profile that comes back goes on from here.';
