-- Same name in the same organisation under a new source id: the same person if only one can be meant and
-- e-mails and mobiles do not both differ (homonyms stay apart).
INSERT INTO kept
WITH namesake AS MATERIALIZED (
    SELECT f.name, f.org, f.person, f.email, f.mobile
    FROM former_row AS f SEMI JOIN new_row AS n ON n.name = f.name AND n.org = f.org
)
SELECT r.rid, g.person
FROM new_row AS r
JOIN (
    SELECT name, org, min(person) AS person
    FROM (
        FROM namesake
        UNION ALL
        SELECT r.name, r.org, NULL, r.email, r.mobile
        FROM position_row AS r SEMI JOIN namesake AS n ON n.name = r.name AND n.org = r.org
    )
    GROUP BY name, org
    HAVING min(person) = max(person) AND NOT coalesce(min(email) <> max(email) AND min(mobile) <> max(mobile), false)
) AS g ON g.name = r.name AND g.org = r.org
