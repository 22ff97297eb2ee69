-- Roles are the cluster's, so they may exist already; grants are the schema's.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['guanxi_worker', 'guanxi_reader', 'guanxi_admin'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO guanxi_worker, guanxi_reader', current_schema());
    EXECUTE format('GRANT ALL ON SCHEMA %I TO guanxi_admin', current_schema());
    EXECUTE format('GRANT ALL ON ALL TABLES IN SCHEMA %I TO guanxi_admin', current_schema());
    EXECUTE format('GRANT ALL ON ALL SEQUENCES IN SCHEMA %I TO guanxi_admin', current_schema());
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO guanxi_worker', current_schema());
    GRANT EXECUTE ON FUNCTION add_transition_days() TO guanxi_worker, guanxi_admin;
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO guanxi_worker', current_database());
END $$;
REVOKE INSERT, UPDATE, DELETE ON setting, migration, definition, calibration FROM guanxi_worker;
GRANT UPDATE (last_error) ON definition TO guanxi_worker;
GRANT SELECT ON progress, identity, transition, points, definition, calibration, backfill, segment, segment_member,
    export, exported, membership, segment_size, segment_freshness, level_ladder, lifecycle_ladder, tier_ladder,
    customer_card, social_capital, advocacy_ranking, aipl, fast, freshness TO guanxi_reader;
-- Every column but the state, which is nobody's to read.
DO $$
BEGIN
    EXECUTE (SELECT format('GRANT SELECT (%s) ON profile TO guanxi_reader', string_agg(quote_ident(attname), ', '))
        FROM pg_attribute WHERE attrelid = 'profile'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'state');
END $$;
GRANT SELECT (topic, partition, "offset", reason, detail, at, retried_at) ON rejection TO guanxi_reader;
