INSERT INTO person_alias
SELECT former, person FROM successor WHERE former <> person
UNION
SELECT a.former, coalesce(s.person, a.person) FROM previous.person_alias AS a LEFT JOIN successor AS s ON s.former = a.person
ANTI JOIN erased AS e ON e.person = a.person
