-- New people under their own name; gives back those whose name belongs to another person.
WITH added AS (
    INSERT INTO identity AS i SELECT customer_id, customer_id FROM staged_profile WHERE version = 1 ORDER BY customer_id
    ON CONFLICT DO NOTHING
)
SELECT s.customer_id FROM staged_profile s JOIN identity i ON i.identity = s.customer_id
WHERE s.version = 1 AND i.customer_id <> s.customer_id ORDER BY 1
