-- A person's name with the day on which data of the person were first obtained, then the other and former names.
SELECT p.person, p.first_name, p.last_name, FALSE AS former, o.obtained
FROM person AS p LEFT JOIN person_obtained AS o ON o.person = p.person
WHERE p.person = $person
UNION ALL
SELECT person, first_name, last_name, TRUE, NULL FROM person_name WHERE person = $person
ORDER BY former, last_name, first_name
