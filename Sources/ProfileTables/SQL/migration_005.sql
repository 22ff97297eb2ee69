-- What one event changed of one person is one row, not one a change: a transition took PostgreSQL four microseconds, half of
-- them for the index by customer, and a busy day writes three at a time. The view `transition` is as the table was.
DROP VIEW fast;
ALTER TABLE transition RENAME TO transition_single;

CREATE TABLE transition_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    customer_id text COLLATE "C" NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    cause text NOT NULL,
    definitions integer NOT NULL DEFAULT 0,
    steps text[] NOT NULL,
    PRIMARY KEY (customer_id, recorded_at, id)
) PARTITION BY RANGE (recorded_at);
CREATE TABLE transition_log_other PARTITION OF transition_log DEFAULT;
-- Who reads on from where they were finds the place; rows come in this order, so a summary of their pages will do.
CREATE INDEX transition_log_recorded ON transition_log USING brin (recorded_at);
COMMENT ON TABLE transition_log IS 'What one event, or time, changed of one person in one commit, append only; read the view transition.';
COMMENT ON COLUMN transition_log.id IS 'Grows; with recorded_at before it, the order of reading.';
COMMENT ON COLUMN transition_log.customer_id IS 'Whose.';
COMMENT ON COLUMN transition_log.effective_at IS 'When it became true.';
COMMENT ON COLUMN transition_log.recorded_at IS 'When it was written: the same for what one commit writes.';
COMMENT ON COLUMN transition_log.cause IS 'The id of the event, referral, time, or definition.';
COMMENT ON COLUMN transition_log.definitions IS 'Version of the definitions in force.';
COMMENT ON COLUMN transition_log.steps IS 'A row of three a change: dimension, from, to.';

CREATE OR REPLACE FUNCTION add_transition_days() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
    day date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM pg_advisory_xact_lock(7171002);
    FOR i IN 0..30 LOOP
        IF to_regclass(format('transition_log_%s', to_char(day + i, 'YYYYMMDD'))) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE transition_log_%s PARTITION OF transition_log FOR VALUES FROM (%L) TO (%L)',
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
SELECT add_transition_days();

INSERT INTO transition_log (customer_id, effective_at, recorded_at, cause, definitions, steps)
SELECT customer_id, effective_at, recorded_at, cause, definitions, ARRAY[ARRAY[dimension, "from", "to"]]
FROM transition_single ORDER BY recorded_at, id;
DROP TABLE transition_single;

CREATE VIEW transition AS
    SELECT l.id * 65536 + s.number AS id, l.customer_id, l.steps[s.number][1] AS dimension, l.steps[s.number][2] AS "from",
        l.steps[s.number][3] AS "to", l.effective_at, l.recorded_at, l.cause, l.definitions
    FROM transition_log l CROSS JOIN LATERAL generate_subscripts(l.steps, 1) AS s (number);
COMMENT ON VIEW transition IS 'Every change of a dimension between two committed states, append only: also the outbox. Everybody begins as visitor, weak, stranger and none; folding it gives the present.';
COMMENT ON COLUMN transition.id IS 'Grows; the order of reading for an outbox, after recorded_at.';
COMMENT ON COLUMN transition.customer_id IS 'Whose.';
COMMENT ON COLUMN transition.dimension IS 'level, connection, lifecycle, tier, win_back, segment.';
COMMENT ON COLUMN transition."from" IS 'NULL where the first evaluation of a person already differs from the beginning, and where somebody comes into a segment.';
COMMENT ON COLUMN transition."to" IS 'What it is since; NULL where somebody leaves the segment that "from" names.';
COMMENT ON COLUMN transition.effective_at IS 'When it became true.';
COMMENT ON COLUMN transition.recorded_at IS 'When it was written: the same for what one commit writes.';
COMMENT ON COLUMN transition.cause IS 'The id of the event, referral, time, or definition.';
COMMENT ON COLUMN transition.definitions IS 'Version of the definitions in force.';

CREATE VIEW fast AS
    SELECT count(*) FILTER (WHERE aipl IS NOT NULL) AS fertility,
        (SELECT count(DISTINCT customer_id) FROM transition
            WHERE dimension = 'level' AND "from" IS NOT NULL AND "to"::level > "from"::level
                AND recorded_at > now() - interval '30 days')::double precision
            / nullif(count(*) FILTER (WHERE aipl IS NOT NULL), 0) AS advancing,
        count(*) FILTER (WHERE level = 'member') AS superiority,
        count(*) FILTER (WHERE level = 'member' AND last_seen > now() - interval '180 days') AS thriving
    FROM profile;
COMMENT ON VIEW fast IS 'FAST trade model: fertility (people in A to L), advancing (share of them that moved up a level in 30 days), superiority (members), thriving (members seen in 180 days).';
