-- Every id that stands for an asked person: itself, the one it ended in, and those that ended in it.
WITH asked AS (SELECT DISTINCT unnest($persons::INTEGER[]) AS asked),
present AS (
    SELECT a.asked, coalesce(p.person, a.asked) AS person
    FROM asked AS a LEFT JOIN person_alias AS p ON p.former = a.asked
)
SELECT asked, asked AS person FROM asked
UNION
SELECT asked, person FROM present
UNION
SELECT n.asked, p.former FROM present AS n JOIN person_alias AS p ON p.person = n.person
