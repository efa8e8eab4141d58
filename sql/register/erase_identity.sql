-- What the given persons are known by, one line per name and position.
WITH named AS (
    SELECT person, first_name, last_name, name_fold FROM person UNION ALL SELECT person, first_name, last_name, name_fold FROM person_name
)
SELECT n.person, n.first_name, n.last_name, n.name_fold, p.email, p.mobile, s.email AS sourced_email, s.mobile AS sourced_mobile,
       o.business_id, o.municipality
FROM named AS n
JOIN position AS p ON p.person = n.person
JOIN organisation AS o ON o.org = p.org
LEFT JOIN sourced AS s ON s.position = p.position
WHERE n.person IN (SELECT unnest($persons::INTEGER[]))
