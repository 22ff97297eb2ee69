-- Segments: who is in which since when, and how often people were exported.

-- A version brings a scoring model or segments; what it does not bring stays as it was.
ALTER TABLE definition ALTER COLUMN model DROP NOT NULL, ADD COLUMN segments text, ADD COLUMN last_error text;
ALTER TABLE definition ADD CHECK (num_nonnulls(model, segments) = 1);
COMMENT ON COLUMN definition.model IS 'The scoring model, YAML as it was applied; NULL where the version brought segments.';
COMMENT ON COLUMN definition.segments IS 'The segments, YAML as it was applied; NULL where the version brought a model.';
COMMENT ON COLUMN definition.last_error IS 'Why a worker could not take the version over, if one could not.';

CREATE TYPE segment_state AS ENUM ('preparing', 'current', 'retired');
CREATE TABLE segment (
    revision integer PRIMARY KEY,
    id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    state segment_state NOT NULL,
    definitions integer NOT NULL,
    digest text NOT NULL,
    replaces integer,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    current_since timestamptz
);
CREATE SEQUENCE segment_revision OWNED BY segment.revision;
CREATE UNIQUE INDEX segment_current ON segment (id) WHERE state = 'current';
CREATE UNIQUE INDEX segment_preparing ON segment (id) WHERE state = 'preparing';
COMMENT ON TABLE segment IS 'Revisions of segments: a segment whose condition changes is prepared for everybody under another revision, and takes its place in one step.';
COMMENT ON COLUMN segment.revision IS 'Unique for ever; what profile.segments and segment_member name.';
COMMENT ON COLUMN segment.id IS 'Id of the segment, as written in the document.';
COMMENT ON COLUMN segment.name IS 'For people.';
COMMENT ON COLUMN segment.state IS 'preparing: evaluated and seen by nobody yet; current: what readers see; retired: to be cleaned up.';
COMMENT ON COLUMN segment.definitions IS 'Version of the definitions that brought it.';
COMMENT ON COLUMN segment.digest IS 'Of the condition with all it names: equal for equal conditions.';
COMMENT ON COLUMN segment.replaces IS 'Of one that is preparing: the revision whose place it takes.';
COMMENT ON COLUMN segment.made_at IS 'When it was applied.';
COMMENT ON COLUMN segment.current_since IS 'When readers first saw it.';

CREATE TABLE segment_member (
    revision integer NOT NULL,
    customer_id text COLLATE "C" NOT NULL,
    entered_at timestamptz NOT NULL,
    definitions integer NOT NULL,
    PRIMARY KEY (revision, customer_id)
);
COMMENT ON TABLE segment_member IS 'Who is in which revision of a segment; read the view membership.';
COMMENT ON COLUMN segment_member.revision IS 'Of the segment.';
COMMENT ON COLUMN segment_member.customer_id IS 'Who.';
COMMENT ON COLUMN segment_member.entered_at IS 'When it became true.';
COMMENT ON COLUMN segment_member.definitions IS 'Version of the definitions in force then.';

CREATE VIEW membership AS
    SELECT s.id AS segment, m.customer_id, m.entered_at, m.definitions
    FROM segment s JOIN segment_member m USING (revision) WHERE s.state = 'current';
COMMENT ON VIEW membership IS 'Who is in which segment since when. A segment that is being changed is seen as it was until its new form is complete.';

CREATE VIEW segment_size AS
    SELECT s.id AS segment, s.name, count(m.customer_id) AS members,
        count(m.customer_id) FILTER (WHERE p.marketable) AS marketable
    FROM segment s LEFT JOIN segment_member m USING (revision) LEFT JOIN profile p USING (customer_id)
    WHERE s.state = 'current' GROUP BY s.id, s.name;
COMMENT ON VIEW segment_size IS 'People in each segment, and those of them who may be written to.';

CREATE VIEW segment_freshness AS
    SELECT s.id AS segment, s.definitions, s.current_since, s.state,
        greatest(interval '0', clock_timestamp() - (SELECT min(review_at) FROM profile)) AS review_lag,
        (SELECT count(*) FILTER (WHERE done) FROM backfill) AS parts_done, (SELECT count(*) FROM backfill) AS parts,
        (SELECT last_error FROM definition ORDER BY version DESC LIMIT 1) AS last_error
    FROM segment s WHERE s.state <> 'retired';
COMMENT ON VIEW segment_freshness IS 'How far behind memberships are: review_lag is how long the oldest change by time has been waiting to be written; parts_done of parts of the people are evaluated with the definitions in force; last_error is why a worker could not take them over.';

ALTER TABLE backfill ADD COLUMN people bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN backfill.definitions IS 'Version of the definitions people are being evaluated with.';
COMMENT ON COLUMN backfill.people IS 'People evaluated so far because of it; who had an event meanwhile is not among them.';

ALTER TABLE profile ADD COLUMN segments integer[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN profile.segments IS 'Segments the person is in: here their revisions, of which table segment says more; on the card their ids.';
COMMENT ON COLUMN profile.definitions IS 'Version of the definitions (scoring model and segments) the row was evaluated with; 0 is the built-in model.';

ALTER TABLE transition ALTER COLUMN "to" DROP NOT NULL;
COMMENT ON COLUMN transition.dimension IS 'level, connection, lifecycle, tier, win_back, segment.';
COMMENT ON COLUMN transition."from" IS 'NULL where the first evaluation of a person already differs from the beginning, and where somebody comes into a segment.';
COMMENT ON COLUMN transition."to" IS 'What it is since; NULL where somebody leaves the segment that "from" names.';

CREATE TABLE export (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    segment text COLLATE "C" NOT NULL,
    definitions integer NOT NULL,
    people bigint NOT NULL,
    exported_by text NOT NULL DEFAULT current_user,
    exported_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE export IS 'Segments that were written out.';
COMMENT ON COLUMN export.id IS 'Counts up.';
COMMENT ON COLUMN export.segment IS 'Id of the segment.';
COMMENT ON COLUMN export.definitions IS 'Version of the definitions in force.';
COMMENT ON COLUMN export.people IS 'How many were written.';
COMMENT ON COLUMN export.exported_by IS 'Database role.';
COMMENT ON COLUMN export.exported_at IS 'When.';

CREATE TABLE exported (
    customer_id text COLLATE "C" NOT NULL,
    exported_at timestamptz NOT NULL,
    export bigint NOT NULL REFERENCES export ON DELETE CASCADE,
    PRIMARY KEY (customer_id, exported_at, export)
);
COMMENT ON TABLE exported IS 'Who was in which export: what the frequency cap counts.';
COMMENT ON COLUMN exported.customer_id IS 'Who.';
COMMENT ON COLUMN exported.exported_at IS 'When.';
COMMENT ON COLUMN exported.export IS 'In which.';

DROP VIEW customer_card;
CREATE VIEW customer_card AS
    SELECT i.identity, p.customer_id, p.level, p.connection, p.lifecycle, p.tier, p.level_since, p.lifecycle_since,
        p.tier_since,
        saturated(decayed(p.engagement_sum, p.evaluated_at, d.engagement_half_life), d.engagement_scale) AS engagement,
        p.activity, p.relationship_strength,
        100 * (1 + decayed(p.positive_sum, p.evaluated_at, d.trust_half_life))
            / (2 + decayed(p.positive_sum + p.negative_sum, p.evaluated_at, d.trust_half_life)) AS trust,
        p.satisfaction, p.satisfaction_pre, p.satisfaction_during, p.satisfaction_post, p.responsiveness,
        p.contribution,
        saturated(decayed(p.advocacy_sum, p.evaluated_at, d.advocacy_half_life), d.advocacy_scale) AS advocacy,
        decayed(p.influence, p.evaluated_at, d.influence_half_life) AS influence, p.referred_revenue,
        p.recency, p.frequency, p.monetary, p.r_score, p.f_score, p.m_score, p.grade, p.purchases, p.net_spend,
        p.repeat_days, p.recency_days, p.tenure_days, p.p_alive, p.churn_risk, p.expected_purchases_90d, p.expected_order_value, p.clv, p.last_purchase_kind, p.aipl,
        p.points_balance, p.top_categories, p.top_brands, p.preferred_channel, p.preferred_hour, p.top_city, p.cities,
        p.coupon_share, p.average_order, p.novelty, p.first_seen, p.last_seen, p.first_purchase, p.last_purchase,
        p.marketable,
        ARRAY(SELECT s.id FROM segment s WHERE s.revision = ANY (p.segments) AND s.state = 'current' ORDER BY s.id)
            AS segments,
        p.evaluated_at, p.review_at, p.definitions, p.calibration, p.version
    FROM identity i JOIN profile p USING (customer_id) CROSS JOIN decay d;
COMMENT ON VIEW customer_card IS 'One person by any identity: one indexed read. Engagement, trust, advocacy and influence are brought to now; money in minor units; segments as they are seen now.';
