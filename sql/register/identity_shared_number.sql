-- One source, one organisation, one number and first name, yet two surnames: a shared telephone, unless one e-mail
-- shows that it is one person.
CREATE TEMP TABLE shared_number AS
SELECT DISTINCT r.first, r.mobile
FROM position_row AS r
SEMI JOIN number AS n ON n.first = r.first AND n.mobile = r.mobile
JOIN live_load AS l ON l.load = r.load
GROUP BY r.first, r.mobile, r.org, l.source
HAVING min(r.name) <> max(r.name) AND NOT (count(r.email) = count(*) AND min(r.email) = max(r.email))
