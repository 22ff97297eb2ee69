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
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO guanxi_worker', current_schema());
    GRANT EXECUTE ON FUNCTION add_transition_days() TO guanxi_worker, guanxi_admin;
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO guanxi_worker', current_database());
END $$;
REVOKE INSERT, UPDATE, DELETE ON setting, migration FROM guanxi_worker;
GRANT SELECT ON progress, identity, transition, level_ladder, lifecycle_ladder, customer_card, freshness TO guanxi_reader;
GRANT SELECT (customer_id, version, level, connection, lifecycle, level_since, connection_since, lifecycle_since,
    engagement, engagement_sum, activity, recency, frequency, monetary, purchases, net_spend, repeat_days, recency_days,
    tenure_days, first_seen, last_seen, first_purchase, last_purchase, marketable, evaluated_at, review_at, definitions)
    ON profile TO guanxi_reader;
GRANT SELECT (topic, partition, "offset", reason, detail, at, retried_at) ON rejection TO guanxi_reader;
