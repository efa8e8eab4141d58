-- Where a correction stands, identity goes by what the sources said; of the erased nothing goes on (R061).
CREATE TEMP TABLE former_position AS
SELECT
    p.position, p.person, p.org,
    CASE WHEN p.source_id IS NOT NULL THEN md5_number(concat(p.source, chr(31), p.source_id)) END AS sid,
    CASE WHEN coalesce(s.email, p.email) IS NOT NULL THEN hash(coalesce(s.email, p.email)) END AS email,
    try_cast(substr(coalesce(s.mobile, p.mobile), 2) AS BIGINT) AS mobile,
    coalesce(t.title, 0) AS title
FROM previous.position AS p
LEFT JOIN former_sourced AS s ON s.position = p.position
LEFT JOIN title_fold AS t ON t.text = CASE WHEN s.position IS NULL THEN p.title ELSE s.title END
ANTI JOIN erased AS e ON e.person = p.person
