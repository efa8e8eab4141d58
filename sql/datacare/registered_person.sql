-- Positions, under the present name of their person and under every other one.
SELECT position.org AS pid, position.position AS person, name.first_name, name.last_name, position.email,
    position.mobile AS phone, position.title AS other
FROM position
INNER JOIN (
    SELECT person, first_name, last_name FROM person
    UNION
    SELECT person, first_name, last_name FROM person_name
) AS name ON position.person = name.person
WHERE position.org > $after AND position.org <= $until
ORDER BY position.org, position.position, name.last_name, name.first_name
