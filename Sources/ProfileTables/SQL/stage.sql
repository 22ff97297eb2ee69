-- What a commit brings, before it is merged: session tables that are empty at the start of every transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_profile (PROFILE_COLUMNS) ON COMMIT DELETE ROWS;
ALTER TABLE staged_profile ALTER COLUMN state SET STORAGE EXTERNAL;
CREATE TEMPORARY TABLE IF NOT EXISTS staged_points (
    customer_id text COLLATE "C" NOT NULL, day date NOT NULL, rule text COLLATE "C" NOT NULL,
    kind points_kind NOT NULL, earned bigint NOT NULL, spent bigint NOT NULL, refused bigint NOT NULL, expires_on date
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS staged_leaving (
    revision integer NOT NULL, customer_id text COLLATE "C" NOT NULL, segment text, effective_at timestamptz NOT NULL,
    cause text NOT NULL
) ON COMMIT DELETE ROWS
