-- Live rows of whoever goes, by the rules of who is who. who: a person, or the negative of a position.
CREATE TEMP TABLE gone_row AS
SELECT l.path, ((s.rid >> 32) & 32767)::INTEGER AS file, s.rid & 4294967295 AS row, s.person AS who
FROM seat AS s
JOIN gone_person AS g ON g.person = s.person
JOIN live_load AS l ON l.ordinal = s.rid >> 47 AND l.kind = 'positions'
UNION ALL
SELECT l.path, ((s.rid >> 32) & 32767)::INTEGER, s.rid & 4294967295, -u.position
FROM seat AS s
JOIN position_of AS u ON u.person = s.person AND u.org = s.org AND u.title = s.title
JOIN gone_position_all AS g ON g.position = u.position AND g.person NOT IN (SELECT person FROM gone_person)
JOIN live_load AS l ON l.ordinal = s.rid >> 47 AND l.kind = 'positions'
