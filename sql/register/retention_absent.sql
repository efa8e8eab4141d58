-- Asked ids that stand for nobody in the register, those who are about to leave it not counted.
WITH present AS (
    SELECT n.person FROM person AS n ANTI JOIN retention_leaving AS l ON l.person = n.person
)
SELECT c.person
FROM retention_asked AS c
LEFT JOIN person_alias AS a ON a.former = c.person
ANTI JOIN present AS p ON p.person = coalesce(a.person, c.person)
