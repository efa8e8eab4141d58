-- The id that a person goes by now, and every id that was merged into it (the id asked for included).
WITH present AS (
    SELECT coalesce((SELECT a.person FROM person_alias AS a WHERE a.former = $person), $person::INTEGER) AS person
)
SELECT person AS id FROM present
UNION
SELECT a.former FROM person_alias AS a JOIN present AS p ON p.person = a.person
ORDER BY id
