-- Positions whose period is over, why some of them stay (0 they go, 1 a legal hold, 2 restricted), and whether the person
-- goes with them. Never verified: since they were obtained, but no longer than the person was last verified or, if never,
-- first obtained: a new position does not start a person's life anew (R070).
WITH apart AS (
    SELECT coalesce(a.person, k.person) AS person, min(k.why) AS why
    FROM (SELECT unnest($held::INTEGER[]) AS person, 1 AS why UNION ALL SELECT unnest($restricted::INTEGER[]), 2) AS k
    LEFT JOIN person_alias AS a ON a.former = k.person
    GROUP BY ALL
), unverified AS (
    SELECT position, person, obtained FROM position WHERE verified IS NULL
), life AS (
    SELECT p.person, max(p.verified) AS verified
    FROM position AS p SEMI JOIN unverified AS u ON u.person = p.person
    GROUP BY p.person
), started AS (
    SELECT position, person, verified AS since FROM position WHERE verified IS NOT NULL
    UNION ALL
    SELECT u.position, u.person, least(u.obtained, coalesce(l.verified, o.obtained))
    FROM unverified AS u
    LEFT JOIN person_obtained AS o ON o.person = u.person
    LEFT JOIN life AS l ON l.person = u.person
), over AS (
    SELECT s.position, s.person, s.since,
           CASE WHEN s.position IN (SELECT unnest($held_positions::INTEGER[])) THEN 1 ELSE coalesce(a.why, 0) END AS why
    FROM started AS s LEFT JOIN apart AS a ON a.person = s.person
    WHERE s.since <= $newest::DATE
), leaving AS (
    SELECT p.person
    FROM position AS p LEFT JOIN over AS o ON o.position = p.position AND o.why = 0
    WHERE p.person IN (SELECT person FROM over WHERE why = 0)
    GROUP BY p.person
    HAVING count(*) = count(o.position)
)
SELECT o.position, o.person, o.since, o.why, l.person IS NOT NULL AS leaves
FROM over AS o LEFT JOIN leaving AS l ON l.person = o.person
ORDER BY o.position
