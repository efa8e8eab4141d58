CREATE TEMP TABLE held AS
SELECT DISTINCT u.unit, f.position
FROM standing_position AS f
JOIN seat AS t ON t.sid = f.sid AND t.person = f.person AND t.org = f.org
JOIN unit AS u ON u.person = t.person AND u.org = t.org AND u.title = t.title
