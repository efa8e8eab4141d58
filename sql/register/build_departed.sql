-- Persons and positions of the previous snapshot whose nonce is not in this one, and the only source of a position's
-- data if there was only one: their tokens stand in manifests although the register knows them no more.
WITH gone AS (
    SELECT f.position, f.person, f.org, f.nonce,
           [f.name_load, f.title_load, f.responsibility_load, f.email_load, f.mobile_load, f.postal_load] AS loads
    FROM previous.position AS f LEFT JOIN position AS p ON p.position = f.position AND p.nonce = f.nonce
    WHERE p.position IS NULL
),
sole AS (
    SELECT g.position, min(l.source) AS source
    FROM (SELECT position, unnest(loads) AS load FROM gone) AS g JOIN previous.load AS l ON l.load = g.load
    GROUP BY g.position
    HAVING min(l.source) = max(l.source)
)
SELECT 'person' AS kind, f.person, NULL::INTEGER AS position, NULL::INTEGER AS organisation,
       f.nonce::VARCHAR AS nonce, NULL::VARCHAR AS source
FROM previous.person AS f LEFT JOIN person AS p ON p.person = f.person AND p.nonce = f.nonce
WHERE p.person IS NULL
UNION ALL
SELECT 'unit', g.person, g.position, g.org, g.nonce::VARCHAR, s.source
FROM gone AS g LEFT JOIN sole AS s ON s.position = g.position
