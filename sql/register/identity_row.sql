-- The keys that tell who holds a position, one narrow row per input row; 0 stands for "no title".
CREATE TEMP TABLE position_row AS
SELECT
    i.rid, i.org, i.load, i.standing, i.source_date,
    CASE WHEN i.source_id IS NOT NULL THEN md5_number(concat(i.source, chr(31), i.source_id)) END AS sid,
    f.first,
    CASE WHEN i.name_fold IS NOT NULL THEN hash(i.name_fold) END AS name,
    CASE WHEN i.email IS NOT NULL THEN hash(i.email) END AS email,
    try_cast(substr(i.mobile, 2) AS BIGINT) AS mobile,
    coalesce(t.title, 0) AS title
FROM position_input AS i
LEFT JOIN first_name_fold AS f ON f.text = i.first_name
LEFT JOIN title_fold AS t ON t.text = i.title
