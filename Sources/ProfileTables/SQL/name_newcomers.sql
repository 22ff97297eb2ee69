-- The own names of the new people who are staged; whoever was there already has one.
INSERT INTO identity (identity, customer_id)
SELECT customer_id, customer_id FROM staged_profile WHERE version = 1 ORDER BY customer_id
ON CONFLICT DO NOTHING
