-- Fence 1: every position moves from exactly where its slice began, or the batch is dropped.
WITH slice AS (
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS s (topic, partition, start, stop)
), moved AS (
    UPDATE progress p SET next_offset = s.stop, worker = $5::text, definitions = $6::bigint,
        updated_at = clock_timestamp()
    FROM slice s
    WHERE p.topic = s.topic AND p.partition = s.partition AND p.next_offset = s.start
    RETURNING p.topic, p.partition
)
SELECT s.topic, s.partition FROM slice s LEFT JOIN moved m ON m.topic = s.topic AND m.partition = s.partition
WHERE m.topic IS NULL
