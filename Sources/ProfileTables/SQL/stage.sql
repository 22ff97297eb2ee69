-- What a commit brings, before it is merged: session tables that are empty at the start of every transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_profile (
    customer_id text COLLATE "C" NOT NULL, version bigint NOT NULL, state bytea NOT NULL,
    level level NOT NULL, connection connection NOT NULL, lifecycle lifecycle NOT NULL,
    level_since timestamptz NOT NULL, connection_since timestamptz NOT NULL, lifecycle_since timestamptz NOT NULL,
    engagement double precision NOT NULL, engagement_sum double precision NOT NULL, activity integer NOT NULL,
    recency integer, frequency integer NOT NULL, monetary bigint NOT NULL, purchases bigint NOT NULL,
    net_spend bigint NOT NULL, repeat_days integer, recency_days integer, tenure_days integer,
    first_seen timestamptz, last_seen timestamptz, first_purchase timestamptz, last_purchase timestamptz,
    marketable boolean NOT NULL, evaluated_at timestamptz NOT NULL, review_at timestamptz NOT NULL
) ON COMMIT DELETE ROWS;
ALTER TABLE staged_profile ALTER COLUMN state SET STORAGE EXTERNAL
