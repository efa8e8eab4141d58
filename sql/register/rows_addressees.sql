-- Where to write to the wanted persons: a merged-away id leads to its person. The best e-mail address and the best postal
-- address each come from one position, the latest verified first; an address without its own place is the organisation's.
WITH asked AS (
    SELECT w.person AS asked, coalesce(a.person, w.person) AS person
    FROM wanted AS w LEFT JOIN person_alias AS a ON a.former = w.person
), held AS (
    SELECT a.asked, p.person, p.position, p.org, p.email, p.verified,
        CASE WHEN p.postal_postcode IS NOT NULL THEN p.postal_street
             WHEN o.postal_postcode IS NOT NULL THEN o.postal_street ELSE o.visiting_street END AS street,
        coalesce(p.postal_postcode, o.postal_postcode, o.visiting_postcode) AS postcode,
        CASE WHEN p.postal_postcode IS NOT NULL THEN p.postal_city
             WHEN o.postal_postcode IS NOT NULL THEN o.postal_city ELSE o.visiting_city END AS city,
        o.name AS organisation_name, o.municipality
    FROM asked AS a JOIN position AS p ON p.person = a.person JOIN organisation AS o ON o.org = p.org
), mail AS (
    SELECT asked, email FROM held WHERE email IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY asked ORDER BY verified DESC NULLS LAST, position) = 1
), shared AS (
    SELECT p.email FROM position AS p SEMI JOIN mail AS m ON m.email = p.email
    GROUP BY p.email HAVING count(DISTINCT p.person) > 1
), place AS (
    FROM held
    QUALIFY row_number() OVER (
        PARTITION BY asked ORDER BY (postcode IS NOT NULL) DESC, verified DESC NULLS LAST, position) = 1
)
SELECT
    l.asked, l.person, n.first_name, n.last_name, m.email, m.email IN (FROM shared) AS email_shared,
    l.organisation_name, l.street AS postal_street, l.postcode AS postal_postcode, l.city AS postal_city, l.municipality
FROM place AS l
JOIN person AS n ON n.person = l.person
LEFT JOIN mail AS m ON m.asked = l.asked
ORDER BY l.asked
