-- Partitions of the transitions of the days to come; what no partition takes falls into the one for the rest.
DO $$
DECLARE
    day date := (now() AT TIME ZONE 'UTC')::date;
BEGIN
    PERFORM pg_advisory_xact_lock(7171002);
    FOR i IN 0..30 LOOP
        IF to_regclass(format('transition_%s', to_char(day + i, 'YYYYMMDD'))) IS NULL THEN
            BEGIN
                EXECUTE format(
                    'CREATE TABLE transition_%s PARTITION OF transition FOR VALUES FROM (%L) TO (%L)',
                    to_char(day + i, 'YYYYMMDD'), (day + i)::text || ' 00:00+00', (day + i + 1)::text || ' 00:00+00');
            EXCEPTION WHEN check_violation THEN NULL; -- rows of that day are in the rest already
            END;
        END IF;
    END LOOP;
END $$
