-- Every segment that was prepared for everybody takes its place, in one transaction that no commit runs beside: the log
-- tells who comes and who leaves by it.
SET LOCAL enable_hashjoin = on; SET LOCAL enable_mergejoin = on; SET LOCAL statement_timeout = 0;
INSERT INTO transition_log (customer_id, effective_at, cause, definitions, steps)
SELECT n.customer_id, n.entered_at, 'definition', n.definitions, ARRAY[ARRAY['segment', NULL, s.id]]
FROM segment s JOIN segment_member n USING (revision)
LEFT JOIN segment_member o ON o.revision = s.replaces AND o.customer_id = n.customer_id
WHERE s.state = 'preparing' AND o.revision IS NULL;
INSERT INTO transition_log (customer_id, effective_at, cause, definitions, steps)
SELECT o.customer_id, greatest(clock_timestamp(), o.entered_at), 'definition', s.definitions,
    ARRAY[ARRAY['segment', s.id, NULL]]
FROM segment s JOIN segment_member o ON o.revision = s.replaces
LEFT JOIN segment_member n ON n.revision = s.revision AND n.customer_id = o.customer_id
WHERE s.state = 'preparing' AND n.revision IS NULL;
UPDATE segment SET state = 'retired' WHERE revision IN (SELECT replaces FROM segment WHERE state = 'preparing');
UPDATE segment SET state = 'current', current_since = clock_timestamp(), replaces = NULL WHERE state = 'preparing';
