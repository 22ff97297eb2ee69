-- Whoever has a profile has its name: to write each name once more beside it took a fifteenth of a commit. What is left are
-- the other names of people. The view `identity` is as the table was.
DROP VIEW customer_card;
CREATE TABLE alias (
    identity text COLLATE "C" PRIMARY KEY,
    customer_id text COLLATE "C" NOT NULL
);
CREATE INDEX alias_customer ON alias (customer_id);
COMMENT ON TABLE alias IS 'The other identities of people; one that is a customer_id of profile is nobody''s alias. Read the view identity.';
COMMENT ON COLUMN alias.identity IS 'namespace:id.';
COMMENT ON COLUMN alias.customer_id IS 'Key of the person in profile.';
INSERT INTO alias SELECT identity, customer_id FROM identity WHERE identity <> customer_id;
DROP TABLE identity;

CREATE VIEW identity AS
    SELECT customer_id AS identity, customer_id FROM profile UNION ALL SELECT identity, customer_id FROM alias;
COMMENT ON VIEW identity IS 'Which person an identity belongs to now.';
COMMENT ON COLUMN identity.identity IS 'namespace:id.';
COMMENT ON COLUMN identity.customer_id IS 'Key of the person in profile.';

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
