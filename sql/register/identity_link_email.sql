INSERT INTO link
SELECT r.rid, g.head
FROM position_row AS r
JOIN (
    SELECT name, email, min(rid) AS head FROM position_row
    WHERE name IS NOT NULL AND email IS NOT NULL GROUP BY name, email HAVING count(*) > 1
) AS g ON g.name = r.name AND g.email = r.email
WHERE r.rid <> g.head
