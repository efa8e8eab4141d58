-- Same name in the same organisation, unless e-mails and mobiles both differ: homonyms stay apart.
INSERT INTO link
SELECT r.rid, g.head
FROM position_row AS r
JOIN (
    SELECT name, org, min(rid) AS head FROM position_row
    WHERE name IS NOT NULL
    GROUP BY name, org
    HAVING count(*) > 1 AND NOT coalesce(min(email) <> max(email) AND min(mobile) <> max(mobile), false)
) AS g ON g.name = r.name AND g.org = r.org
WHERE r.rid <> g.head
