-- Who goes, under the present ids.
CREATE TEMP TABLE gone_person AS
SELECT DISTINCT coalesce(a.person, g.person) AS person FROM gone AS g LEFT JOIN previous.person_alias AS a ON a.former = g.person
