-- The row that names a person: of several, the best source's, then the newest.
CREATE TEMP TABLE person_row AS
SELECT s.person, min(s.rid) AS rid, NULL::INTEGER AS load, NULL::DATE AS source_date
FROM seat AS s GROUP BY s.person HAVING count(*) = 1
