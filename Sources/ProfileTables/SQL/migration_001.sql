-- The tables of the foundation: positions, profiles, identities, transitions, rejections, tombstones.
-- Names are unqualified: the search path is the schema of the configuration.

CREATE TYPE level AS ENUM ('visitor', 'interactor', 'fan', 'friend', 'customer', 'member');
CREATE TYPE connection AS ENUM ('weak', 'neutral', 'strong');
CREATE TYPE lifecycle AS ENUM
    ('stranger', 'prospect', 'dormant', 'new', 'active', 'loyal', 'at_risk', 'lapsed', 'won_back');

CREATE TABLE setting (
    name text PRIMARY KEY,
    value text NOT NULL
);
COMMENT ON TABLE setting IS 'What every worker must agree on: stored by migrate, never changed. A worker with other values refuses to start.';

CREATE TABLE progress (
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    worker text NOT NULL DEFAULT '',
    definitions integer NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition)
);
COMMENT ON TABLE progress IS 'The truth about what has been folded: every record before next_offset, and none from it on.';
COMMENT ON COLUMN progress.topic IS 'Topic of the log.';
COMMENT ON COLUMN progress.partition IS 'Partition of the topic.';
COMMENT ON COLUMN progress.updated_at IS 'When it was moved.';
COMMENT ON COLUMN setting.name IS 'Name in the configuration.';
COMMENT ON COLUMN setting.value IS 'As migrate stored it.';
COMMENT ON COLUMN progress.next_offset IS 'Offset of the next record to fold.';
COMMENT ON COLUMN progress.worker IS 'Who moved it last.';
COMMENT ON COLUMN progress.definitions IS 'Version of the definitions in force when it was moved.';

CREATE TABLE profile (
    customer_id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    state bytea NOT NULL,
    level level NOT NULL,
    connection connection NOT NULL,
    lifecycle lifecycle NOT NULL,
    level_since timestamptz NOT NULL,
    connection_since timestamptz NOT NULL,
    lifecycle_since timestamptz NOT NULL,
    engagement double precision NOT NULL,
    engagement_sum double precision NOT NULL,
    activity integer NOT NULL,
    recency integer,
    frequency integer NOT NULL,
    monetary bigint NOT NULL,
    purchases bigint NOT NULL,
    net_spend bigint NOT NULL,
    repeat_days integer,
    recency_days integer,
    tenure_days integer,
    first_seen timestamptz,
    last_seen timestamptz,
    first_purchase timestamptz,
    last_purchase timestamptz,
    marketable boolean NOT NULL,
    evaluated_at timestamptz NOT NULL,
    review_at timestamptz NOT NULL,
    definitions integer NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id)
) PARTITION BY HASH (customer_id);

DO $$
BEGIN
    FOR i IN 0..7 LOOP
        EXECUTE format(
            'CREATE TABLE profile_%s PARTITION OF profile FOR VALUES WITH (MODULUS 8, REMAINDER %s) WITH (fillfactor = 80)',
            i, i);
        -- Compressed state would be smaller by a tenth and dearer to write; rows stay under a page as they are.
        EXECUTE format('ALTER TABLE profile_%s ALTER COLUMN state SET STORAGE EXTERNAL', i);
    END LOOP;
END $$;
-- Lowered only, never raised by the fold, so that most updates leave the index alone (HOT).
CREATE INDEX profile_review ON profile (review_at);

COMMENT ON TABLE profile IS 'One row a person: everything marketing reads, and the mergeable state it is computed from.';
COMMENT ON COLUMN profile.customer_id IS 'The strongest identity of the person, namespace:id.';
COMMENT ON COLUMN profile.version IS 'Grows by one with each write; guards against writes from two sides.';
COMMENT ON COLUMN profile.state IS 'The encoded profile; first byte is the format version.';
COMMENT ON COLUMN profile.level IS 'Highest rung of the ladder: visitor, interactor, fan, friend, customer, member.';
COMMENT ON COLUMN profile.connection IS 'Strength of the connection, read off the level.';
COMMENT ON COLUMN profile.lifecycle IS 'Stage of life; changes at its exact instant, with no event.';
COMMENT ON COLUMN profile.level_since IS 'When the level became true.';
COMMENT ON COLUMN profile.connection_since IS 'When the connection became true.';
COMMENT ON COLUMN profile.lifecycle_since IS 'When the stage became true.';
COMMENT ON COLUMN profile.engagement IS '0 to 100, as of evaluated_at; half-life of contacts 14 days.';
COMMENT ON COLUMN profile.engagement_sum IS 'Weighted decayed contacts as of evaluated_at; views bring it to now.';
COMMENT ON COLUMN profile.activity IS 'Distinct days with a contact in the last 30 calendar days.';
COMMENT ON COLUMN profile.recency IS 'Whole days since the last purchase; NULL without one in 365 days.';
COMMENT ON COLUMN profile.frequency IS 'Purchases in the last 365 calendar days.';
COMMENT ON COLUMN profile.monetary IS 'Net spend of the last 365 calendar days, minor units.';
COMMENT ON COLUMN profile.purchases IS 'Purchases ever that are not wholly refunded.';
COMMENT ON COLUMN profile.net_spend IS 'Net spend ever, minor units.';
COMMENT ON COLUMN profile.repeat_days IS 'Repeat-buying x: distinct purchase days less one; NULL without a purchase.';
COMMENT ON COLUMN profile.recency_days IS 'Repeat-buying t_x: days from the first purchase day to the last.';
COMMENT ON COLUMN profile.tenure_days IS 'Repeat-buying T: days from the first purchase day to evaluated_at.';
COMMENT ON COLUMN profile.first_seen IS 'First event of the person.';
COMMENT ON COLUMN profile.last_seen IS 'Newest event of the person.';
COMMENT ON COLUMN profile.first_purchase IS 'First purchase that is not wholly refunded.';
COMMENT ON COLUMN profile.last_purchase IS 'Newest purchase that is not wholly refunded.';
COMMENT ON COLUMN profile.marketable IS 'False after an opt-out from everything; with channels see the profile card.';
COMMENT ON COLUMN profile.evaluated_at IS 'The instant the scores of the row are of.';
COMMENT ON COLUMN profile.review_at IS 'When the row is evaluated again if nothing happens; early is harmless.';
COMMENT ON COLUMN profile.definitions IS 'Version of the definitions the row was evaluated with.';

CREATE TABLE identity (
    identity text COLLATE "C" PRIMARY KEY,
    customer_id text COLLATE "C" NOT NULL
);
COMMENT ON TABLE identity IS 'Which person an identity belongs to now.';

CREATE TABLE erasure (
    identity_hash bigint PRIMARY KEY,
    erased_until timestamptz NOT NULL
);
COMMENT ON COLUMN identity.identity IS 'namespace:id.';
COMMENT ON COLUMN identity.customer_id IS 'Key of the person in profile.';
COMMENT ON TABLE erasure IS 'Tombstones: the keyed hash of an erased identity; its events up to the instant are ignored for ever.';

COMMENT ON COLUMN erasure.identity_hash IS 'Keyed SipHash of the identity; the identity itself is not kept.';
COMMENT ON COLUMN erasure.erased_until IS 'Events that occurred up to here are ignored.';

CREATE TABLE transition (
    id bigint GENERATED ALWAYS AS IDENTITY,
    customer_id text COLLATE "C" NOT NULL,
    dimension text NOT NULL,
    "from" text,
    "to" text NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    cause text NOT NULL,
    definitions integer NOT NULL DEFAULT 0,
    PRIMARY KEY (recorded_at, id)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE transition_other PARTITION OF transition DEFAULT;
CREATE INDEX transition_customer ON transition (customer_id);
COMMENT ON TABLE transition IS 'Every change of a dimension between two committed states, append only: also the outbox. Folding it gives the present.';
COMMENT ON COLUMN transition.id IS 'Grows; the order of reading for an outbox, after recorded_at.';
COMMENT ON COLUMN transition.customer_id IS 'Whose.';
COMMENT ON COLUMN transition."to" IS 'What it is since.';
COMMENT ON COLUMN transition.definitions IS 'Version of the definitions in force.';
COMMENT ON COLUMN transition.dimension IS 'level, connection, lifecycle, win_back.';
COMMENT ON COLUMN transition."from" IS 'NULL at the first evaluation of a person.';
COMMENT ON COLUMN transition.effective_at IS 'When it became true.';
COMMENT ON COLUMN transition.recorded_at IS 'When it was written.';
COMMENT ON COLUMN transition.cause IS 'The id of the event, or time.';

-- Partitions of the transitions of the days to come. What no partition takes falls into the one for the rest, so a day
-- that cannot be made (rows of it are in the rest already, or a reader holds the table) is let be: no cron is needed.
-- Workers call it at their start with the rights of who migrated, as they may not create tables.
CREATE FUNCTION add_transition_days() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
    day date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM pg_advisory_xact_lock(7171002);
    FOR i IN 0..30 LOOP
        IF to_regclass(format('transition_%s', to_char(day + i, 'YYYYMMDD'))) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE transition_%s PARTITION OF transition FOR VALUES FROM (%L) TO (%L)',
                    to_char(day + i, 'YYYYMMDD'), (day + i)::text || ' 00:00+00', (day + i + 1)::text || ' 00:00+00');
            EXCEPTION
                WHEN check_violation THEN NULL;
                WHEN lock_not_available THEN RETURN;
            END;
        END IF;
    END LOOP;
EXCEPTION
    WHEN lock_not_available THEN NULL; -- another worker is at it
END $$;
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION add_transition_days() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION add_transition_days() FROM PUBLIC;
COMMENT ON FUNCTION add_transition_days() IS 'Makes the partitions of transition for the next 31 days; harmless to repeat.';

CREATE TABLE rejection (
    topic text COLLATE "C" NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    key bytea,
    payload bytea,
    customer_id text COLLATE "C",
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    retried_at timestamptz,
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX rejection_customer ON rejection (customer_id) WHERE customer_id IS NOT NULL;
COMMENT ON TABLE rejection IS 'Records that could not be folded, as data; written in the transaction that moves the position past them.';
COMMENT ON COLUMN rejection.topic IS 'Where the record stands in the log.';
COMMENT ON COLUMN rejection.partition IS 'Where the record stands in the log.';
COMMENT ON COLUMN rejection."offset" IS 'Where the record stands in the log.';
COMMENT ON COLUMN rejection.detail IS 'Names the field, what is wrong and what is accepted.';
COMMENT ON COLUMN rejection.key IS 'The key of the record; NULL after an erase.';
COMMENT ON COLUMN rejection.at IS 'When it was rejected.';
COMMENT ON COLUMN rejection.reason IS 'The rejection code.';
COMMENT ON COLUMN rejection.payload IS 'The record as it was; NULL for a tombstone or after an erase.';
COMMENT ON COLUMN rejection.customer_id IS 'Whose it was, where that could be read: an erase clears payload and key.';
COMMENT ON COLUMN rejection.retried_at IS 'When somebody sent it again.';

CREATE VIEW level_ladder AS
    SELECT level, connection, count(*) AS people FROM profile GROUP BY level, connection;
COMMENT ON VIEW level_ladder IS 'People on each rung of the ladder.';

CREATE VIEW lifecycle_ladder AS
    SELECT lifecycle, count(*) AS people FROM profile GROUP BY lifecycle;
COMMENT ON VIEW lifecycle_ladder IS 'People in each stage of life.';

CREATE VIEW customer_card AS
    SELECT i.identity, p.customer_id, p.level, p.connection, p.lifecycle, p.level_since, p.lifecycle_since,
        -- Past five hundred half-lives, or from next to nothing, it is 0, and from a great deal it is 100: PostgreSQL
        -- would call the powers an underflow.
        CASE WHEN p.engagement_sum < 1e-100 OR now() > p.evaluated_at + interval '14 days' * 500 THEN 0
            ELSE 100 * (1 - exp(-least(700, p.engagement_sum
                * power(2, -greatest(0, extract(epoch FROM now() - p.evaluated_at))::double precision / (14 * 86400))
                / 20))) END
            AS engagement,
        p.activity, p.recency, p.frequency, p.monetary, p.purchases, p.net_spend, p.first_seen, p.last_seen,
        p.first_purchase, p.last_purchase, p.marketable, p.evaluated_at, p.review_at
    FROM identity i JOIN profile p USING (customer_id);
COMMENT ON VIEW customer_card IS 'One person by any identity: one indexed read. Engagement is brought to now; money in minor units.';

CREATE VIEW freshness AS
    SELECT topic, partition, next_offset, worker, updated_at, now() - updated_at AS idle FROM progress;
COMMENT ON VIEW freshness IS 'When each partition last moved.';
