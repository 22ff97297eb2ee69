-- How far the next people of one hash partition reach, and how many they are.
SELECT max(customer_id), count(*)
FROM (SELECT customer_id FROM PARTITION WHERE customer_id > $1::text ORDER BY customer_id LIMIT $2::bigint) AS people
