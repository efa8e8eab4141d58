-- The candidates that no ban hits. Anti-joins, for NOT IN with one NULL in the list returns nobody (R024);
-- a ban on a person merged away holds for the person it was merged into.
WITH banned_person AS (
    SELECT id FROM gate_persons
    UNION ALL
    SELECT a.person FROM person_alias AS a JOIN gate_persons AS b ON b.id = a.former
)
SELECT c.position, c.person, c.org, c.delivered
FROM gate_candidates AS c
ANTI JOIN banned_person AS p ON p.id = c.person
ANTI JOIN gate_positions AS t ON t.id = c.position
ANTI JOIN gate_organisations AS o ON o.id = c.org
ORDER BY c.position
