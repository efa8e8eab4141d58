CREATE TEMP TABLE former_position AS
SELECT
    p.position, p.person, p.org,
    CASE WHEN p.source_id IS NOT NULL THEN md5_number(concat(p.source, chr(31), p.source_id)) END AS sid,
    CASE WHEN p.email IS NOT NULL THEN hash(p.email) END AS email,
    try_cast(substr(p.mobile, 2) AS BIGINT) AS mobile,
    coalesce(t.title, 0) AS title
FROM previous.position AS p
LEFT JOIN title_fold AS t ON t.text = p.title
