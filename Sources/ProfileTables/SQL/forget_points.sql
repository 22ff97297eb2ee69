-- Lines of the ledger that follow from rules no longer in force go; those that follow from the new ones come after.
DELETE FROM points p USING unnest($1::text[], $2::bigint[]) AS k (customer_id, first_day)
WHERE p.customer_id = k.customer_id AND p.day >= '1970-01-01'::date + greatest(k.first_day, -100000)::integer
