-- A person's name, and the other and former names kept so that a ban under one of them is found.
SELECT person, first_name, last_name, FALSE AS former FROM person WHERE person = $person
UNION ALL
SELECT person, first_name, last_name, TRUE FROM person_name WHERE person = $person
ORDER BY former, last_name, first_name
