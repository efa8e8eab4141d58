-- What is left: the only one of a person in an organisation on both sides.
INSERT INTO held
WITH vacant AS MATERIALIZED (
    SELECT f.person, f.org, min(f.position) AS position FROM standing_position AS f
    ANTI JOIN held AS h ON h.position = f.position GROUP BY f.person, f.org HAVING count(*) = 1
)
SELECT u.unit, v.position
FROM vacant AS v
JOIN (
    SELECT u.person, u.org, min(u.unit) AS unit FROM unit AS u
    SEMI JOIN vacant AS v ON v.person = u.person AND v.org = u.org
    ANTI JOIN held AS h ON h.unit = u.unit GROUP BY u.person, u.org HAVING count(*) = 1
) AS u ON u.person = v.person AND u.org = v.org
