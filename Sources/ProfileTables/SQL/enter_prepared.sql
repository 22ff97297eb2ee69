-- Who is in the new form of a segment and in the old one has been a member all the time. Instants are microseconds
-- since 2000.
INSERT INTO segment_member (revision, customer_id, entered_at, definitions)
SELECT n.revision, n.customer_id,
    coalesce(o.entered_at, timestamptz '2000-01-01 00:00+00' + n.entered_at * interval '1 microsecond'), $5::bigint
FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS n (revision, replaces, customer_id, entered_at)
LEFT JOIN segment_member o ON o.revision = n.replaces AND o.customer_id = n.customer_id
