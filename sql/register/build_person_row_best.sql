-- Persons with several rows: these also say whence the name is.
INSERT INTO person_row
SELECT s.person, s.rid, r.load, r.source_date
FROM seat AS s
ANTI JOIN person_row AS p ON p.person = s.person
JOIN position_row AS r ON r.rid = s.rid
QUALIFY row_number() OVER (PARTITION BY s.person ORDER BY r.standing, r.source_date DESC NULLS LAST, r.load DESC, s.rid) = 1
