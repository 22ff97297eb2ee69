-- Every score as a typed column, the points ledger, and what people are judged by.

CREATE TYPE tier AS ENUM ('none', 'silver', 'gold', 'platinum');
CREATE TYPE grade AS ENUM ('E', 'D', 'C', 'B', 'A');
CREATE TYPE purchase_kind AS ENUM ('new', 'repeat', 'referred');
CREATE TYPE aipl_stage AS ENUM ('A', 'I', 'P', 'L');
CREATE TYPE points_kind AS ENUM ('earned', 'redeemed', 'adjusted');

ALTER TABLE profile
    ADD COLUMN tier tier NOT NULL DEFAULT 'none',
    ADD COLUMN tier_since timestamptz NOT NULL DEFAULT '1970-01-01 00:00+00',
    ADD COLUMN relationship_strength double precision NOT NULL DEFAULT 0,
    ADD COLUMN trust double precision NOT NULL DEFAULT 50,
    ADD COLUMN positive_sum double precision NOT NULL DEFAULT 0,
    ADD COLUMN negative_sum double precision NOT NULL DEFAULT 0,
    ADD COLUMN satisfaction double precision,
    ADD COLUMN satisfaction_pre double precision,
    ADD COLUMN satisfaction_during double precision,
    ADD COLUMN satisfaction_post double precision,
    ADD COLUMN responsiveness double precision,
    ADD COLUMN contribution bigint,
    ADD COLUMN advocacy double precision NOT NULL DEFAULT 0,
    ADD COLUMN advocacy_sum double precision NOT NULL DEFAULT 0,
    ADD COLUMN influence double precision NOT NULL DEFAULT 0,
    ADD COLUMN referred_revenue bigint NOT NULL DEFAULT 0,
    ADD COLUMN r_score integer,
    ADD COLUMN f_score integer,
    ADD COLUMN m_score integer,
    ADD COLUMN grade grade,
    ADD COLUMN p_alive double precision,
    ADD COLUMN churn_risk double precision,
    ADD COLUMN expected_purchases_90d double precision,
    ADD COLUMN expected_order_value bigint,
    ADD COLUMN clv bigint,
    ADD COLUMN last_purchase_kind purchase_kind,
    ADD COLUMN aipl aipl_stage,
    ADD COLUMN points_balance bigint NOT NULL DEFAULT 0,
    ADD COLUMN top_categories text[],
    ADD COLUMN top_brands text[],
    ADD COLUMN preferred_channel text,
    ADD COLUMN preferred_hour integer,
    ADD COLUMN top_city text,
    ADD COLUMN cities integer NOT NULL DEFAULT 0,
    ADD COLUMN coupon_share double precision,
    ADD COLUMN average_order bigint,
    ADD COLUMN novelty double precision,
    ADD COLUMN calibration integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN profile.engagement IS '0 to 100: contacts weighed by type and channel, half-life 14 days, as of evaluated_at.';
COMMENT ON COLUMN profile.tier IS 'Tier by net spend (or points earned) of the last 365 calendar days: none, silver, gold, platinum.';
COMMENT ON COLUMN profile.tier_since IS 'When the tier became true.';
COMMENT ON COLUMN profile.relationship_strength IS '0 to 100: recency, frequency, reciprocity, breadth and depth of contacts outside trade; spend does not move it.';
COMMENT ON COLUMN profile.trust IS '0 to 100, 50 when nothing is known: (1 + P) / (2 + P + N) of positive and negative signals, half-life 180 days, as of evaluated_at.';
COMMENT ON COLUMN profile.positive_sum IS 'P, decayed positive signals as of evaluated_at; views bring it to now.';
COMMENT ON COLUMN profile.negative_sum IS 'N, decayed negative signals as of evaluated_at; views bring it to now.';
COMMENT ON COLUMN profile.satisfaction IS '0 to 100 from ratings, half-life 180 days, drawn to the middle; NULL without a rating.';
COMMENT ON COLUMN profile.satisfaction_pre IS 'Satisfaction from ratings before the purchase; NULL without one.';
COMMENT ON COLUMN profile.satisfaction_during IS 'Satisfaction from ratings of the purchase itself; NULL without one.';
COMMENT ON COLUMN profile.satisfaction_post IS 'Satisfaction from ratings after the purchase; NULL without one.';
COMMENT ON COLUMN profile.responsiveness IS 'Share of the asks of the last 365 days that were answered, 0 to 1; NULL without an ask.';
COMMENT ON COLUMN profile.contribution IS 'Net spend of the last 365 days per month with a contact, minor units; NULL without one.';
COMMENT ON COLUMN profile.advocacy IS '0 to 100: word of mouth, half-life 60 days, as of evaluated_at.';
COMMENT ON COLUMN profile.advocacy_sum IS 'Weighted decayed acts of advocacy as of evaluated_at; views bring it to now.';
COMMENT ON COLUMN profile.influence IS 'Purchases of others that name the person as referrer, half-life 180 days, as of evaluated_at.';
COMMENT ON COLUMN profile.referred_revenue IS 'Net amount of those purchases, minor units.';
COMMENT ON COLUMN profile.r_score IS 'Recency as 1 (longest ago) to 5, by the quintiles of the calibration; NULL without a purchase in 365 days or without a calibration.';
COMMENT ON COLUMN profile.f_score IS 'Frequency as 1 to 5, by the quintiles of the calibration; NULL as r_score.';
COMMENT ON COLUMN profile.m_score IS 'Monetary as 1 to 5, by the quintiles of the calibration; NULL as r_score.';
COMMENT ON COLUMN profile.grade IS 'RFM grade by the sum of the three: A 13-15, B 10-12, C 7-9, D 5-6, E 3-4; NULL as r_score.';
COMMENT ON COLUMN profile.p_alive IS 'Probability that the person will buy again at all (MBG/NBD); NULL without a purchase or a calibration.';
COMMENT ON COLUMN profile.churn_risk IS '1 - p_alive; NULL for whoever never bought.';
COMMENT ON COLUMN profile.expected_purchases_90d IS 'Purchase days expected in the next 90 days; NULL as p_alive.';
COMMENT ON COLUMN profile.expected_order_value IS 'Expected value of an order (Gamma-Gamma), minor units; NULL without a purchase or a calibration.';
COMMENT ON COLUMN profile.clv IS 'Customer lifetime value: expected spend of the next 12 months, discounted 1 % a month, minor units; NULL as p_alive.';
COMMENT ON COLUMN profile.last_purchase_kind IS 'How the newest purchase came about: referred, repeat, or new; NULL without one.';
COMMENT ON COLUMN profile.aipl IS 'Trade model: A aware, I interested, P purchased once, L loyal; NULL without a contact.';
COMMENT ON COLUMN profile.points_balance IS 'Points that may be spent as of evaluated_at: earned, not spent, not expired. The table points says of which days.';
COMMENT ON COLUMN profile.top_categories IS 'Up to five categories liked best, best first, half-life 60 days; NULL when none is known.';
COMMENT ON COLUMN profile.top_brands IS 'Up to five brands liked best, best first, half-life 60 days; NULL when none is known.';
COMMENT ON COLUMN profile.preferred_channel IS 'Channel of most contacts by weight, half-life 60 days.';
COMMENT ON COLUMN profile.preferred_hour IS 'Local hour of most contacts by weight, 0 to 23.';
COMMENT ON COLUMN profile.top_city IS 'City of most contacts by weight.';
COMMENT ON COLUMN profile.cities IS 'Distinct cities of contacts the timeline still knows.';
COMMENT ON COLUMN profile.coupon_share IS 'Share of purchases with a coupon, 0 to 1: price sensitivity; NULL without a purchase.';
COMMENT ON COLUMN profile.average_order IS 'Mean net amount of a purchase, minor units; NULL without one.';
COMMENT ON COLUMN profile.novelty IS 'Distinct brands bought per purchase; NULL without a purchase.';
COMMENT ON COLUMN profile.definitions IS 'Version of the scoring model the row was evaluated with; 0 is the built-in one.';
COMMENT ON COLUMN profile.calibration IS 'Version of the calibration the row was evaluated with; 0 is none.';
COMMENT ON TABLE transition IS 'Every change of a dimension between two committed states, append only: also the outbox. Everybody begins as visitor, weak, stranger and none; folding it gives the present.';
COMMENT ON COLUMN transition."from" IS 'NULL where the first evaluation of a person already differs from the beginning.';
COMMENT ON COLUMN transition.cause IS 'The id of the event, referral (somebody else''s purchase), time, or definition (another version).';
COMMENT ON COLUMN transition.dimension IS 'level, connection, lifecycle, tier, win_back.';

CREATE TABLE points (
    customer_id text COLLATE "C" NOT NULL,
    day date NOT NULL,
    rule text COLLATE "C" NOT NULL,
    kind points_kind NOT NULL,
    earned bigint NOT NULL,
    spent bigint NOT NULL,
    refused bigint NOT NULL,
    expires_on date,
    PRIMARY KEY (customer_id, day, rule, kind),
    CHECK (earned >= 0 AND spent >= 0 AND refused >= 0),
    CHECK (kind <> 'earned' OR (spent <= earned AND refused = 0 AND expires_on IS NOT NULL)),
    CHECK (kind = 'earned' OR earned = 0)
);
COMMENT ON TABLE points IS 'The ledger, which is the balance: one row per person, day and rule. Balance = sum(earned - spent) over earned rows with expires_on after today.';
COMMENT ON COLUMN points.customer_id IS 'Whose.';
COMMENT ON COLUMN points.day IS 'Local day.';
COMMENT ON COLUMN points.rule IS 'Type of the events that earned; points_redeem or points_adjust for what was taken.';
COMMENT ON COLUMN points.kind IS 'earned; redeemed and adjusted rows say what was taken that day.';
COMMENT ON COLUMN points.earned IS 'Points earned that day by the rule, net of refunds and retractions.';
COMMENT ON COLUMN points.spent IS 'Of an earned row: taken from it since, oldest first. Of the others: granted that day.';
COMMENT ON COLUMN points.refused IS 'Asked for that day and refused because the balance was too small.';
COMMENT ON COLUMN points.expires_on IS 'First local day on which what is left of an earned row is gone.';

CREATE TABLE definition (
    version integer PRIMARY KEY,
    model text NOT NULL,
    checksum text NOT NULL,
    applied_by text NOT NULL DEFAULT current_user,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE definition IS 'Documents that were applied; the one with the greatest version is in force.';
COMMENT ON COLUMN definition.version IS 'Counts up from 1.';
COMMENT ON COLUMN definition.model IS 'The scoring model, YAML as it was applied.';
COMMENT ON COLUMN definition.checksum IS 'Of the text.';
COMMENT ON COLUMN definition.applied_by IS 'Database role that applied it.';
COMMENT ON COLUMN definition.applied_at IS 'When.';

CREATE TABLE calibration (
    version integer PRIMARY KEY,
    document jsonb NOT NULL,
    calibrated_at timestamptz NOT NULL,
    made_by text NOT NULL DEFAULT current_user,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE calibration IS 'Snapshots of the population people are judged against; the one with the greatest version is in force.';
COMMENT ON COLUMN calibration.version IS 'Counts up from 1.';
COMMENT ON COLUMN calibration.document IS 'RFM cut-offs, model parameters with standard errors, and the quality of the fit.';
COMMENT ON COLUMN calibration.calibrated_at IS 'The instant the population was looked at.';
COMMENT ON COLUMN calibration.made_by IS 'Database role that stored it.';
COMMENT ON COLUMN calibration.made_at IS 'When it was stored.';

CREATE TABLE backfill (
    part integer PRIMARY KEY CHECK (part BETWEEN 0 AND 7),
    definitions integer NOT NULL DEFAULT 0,
    calibration integer NOT NULL DEFAULT 0,
    position text COLLATE "C" NOT NULL DEFAULT '',
    done boolean NOT NULL DEFAULT true,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO backfill SELECT part FROM generate_series(0, 7) AS part;
COMMENT ON TABLE backfill IS 'How far the evaluation of everybody with new definitions has come, per hash partition of profile.';
COMMENT ON COLUMN backfill.part IS 'Hash partition of profile.';
COMMENT ON COLUMN backfill.definitions IS 'Version of the scoring model people are being evaluated with.';
COMMENT ON COLUMN backfill.calibration IS 'Version of the calibration people are being evaluated with.';
COMMENT ON COLUMN backfill.position IS 'customer_id up to which it is done.';
COMMENT ON COLUMN backfill.done IS 'Whether the partition is through.';
COMMENT ON COLUMN backfill.updated_at IS 'When it last moved.';

CREATE TABLE decay (
    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    engagement_half_life double precision NOT NULL DEFAULT 14,
    engagement_scale double precision NOT NULL DEFAULT 20,
    trust_half_life double precision NOT NULL DEFAULT 180,
    influence_half_life double precision NOT NULL DEFAULT 180,
    advocacy_half_life double precision NOT NULL DEFAULT 60,
    advocacy_scale double precision NOT NULL DEFAULT 30
);
INSERT INTO decay DEFAULT VALUES;
COMMENT ON TABLE decay IS 'One row: the numbers of the scoring model in force that views need to bring scores to now.';
COMMENT ON COLUMN decay.one_row IS 'There is one row.';
COMMENT ON COLUMN decay.engagement_half_life IS 'Days in which engagement halves.';
COMMENT ON COLUMN decay.engagement_scale IS 'Sum at which engagement reaches 63.';
COMMENT ON COLUMN decay.trust_half_life IS 'Days in which signals and ratings halve.';
COMMENT ON COLUMN decay.influence_half_life IS 'Days in which referrals halve.';
COMMENT ON COLUMN decay.advocacy_half_life IS 'Days in which advocacy halves.';
COMMENT ON COLUMN decay.advocacy_scale IS 'Sum at which advocacy reaches 63.';

-- What a decayed sum has become since: past five hundred half-lives, or from next to nothing, it is 0, as PostgreSQL
-- would call the power an underflow.
CREATE FUNCTION decayed(sum double precision, since timestamptz, half_life_days double precision)
RETURNS double precision LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN sum < 1e-100 OR extract(epoch FROM now() - since) > 500 * 86400 * half_life_days THEN 0
        ELSE sum * power(2, -greatest(0, extract(epoch FROM now() - since))::double precision / (half_life_days * 86400))
    END
$$;
COMMENT ON FUNCTION decayed IS 'What a decayed sum of an instant has become by now.';

-- 0 to 100 from a sum that has no bound.
CREATE FUNCTION saturated(sum double precision, scale double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT 100 * (1 - exp(-least(700, sum / scale)))
$$;
COMMENT ON FUNCTION saturated IS '100 * (1 - e^(-sum/scale)): a score from a sum.';

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
        p.marketable, p.evaluated_at, p.review_at, p.definitions, p.calibration, p.version
    FROM identity i JOIN profile p USING (customer_id) CROSS JOIN decay d;
COMMENT ON VIEW customer_card IS 'One person by any identity: one indexed read. Engagement, trust, advocacy and influence are brought to now; money in minor units.';

CREATE VIEW tier_ladder AS SELECT tier, count(*) AS people FROM profile GROUP BY tier;
COMMENT ON VIEW tier_ladder IS 'People in each tier.';

CREATE VIEW social_capital AS
    SELECT customer_id, trust, relationship_strength, activity, contribution FROM profile;
COMMENT ON VIEW social_capital IS 'Social capital per person: trust, relationship strength, activity, contribution (minor units a month), as of evaluated_at.';

CREATE VIEW advocacy_ranking AS
    SELECT customer_id,
        saturated(decayed(advocacy_sum, evaluated_at, advocacy_half_life), advocacy_scale) AS advocacy,
        decayed(influence, evaluated_at, influence_half_life) AS influence, referred_revenue
    FROM profile CROSS JOIN decay WHERE advocacy_sum > 0 OR influence > 0 ORDER BY 2 DESC, 3 DESC;
COMMENT ON VIEW advocacy_ranking IS 'Whoever speaks for the shop, strongest first, brought to now; revenue in minor units.';

CREATE VIEW aipl AS SELECT aipl AS stage, count(*) AS people FROM profile WHERE aipl IS NOT NULL GROUP BY aipl;
COMMENT ON VIEW aipl IS 'People per stage of the AIPL trade model: aware, interested, purchased, loyal.';

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
