-- Each asked id and the present one it stands for; ids that nobody has are missing.
SELECT a.asked, p.person, (SELECT list(l.former) FROM person_alias AS l WHERE l.person = p.person) AS former
FROM (SELECT unnest($persons::INTEGER[]) AS asked) AS a
LEFT JOIN person_alias AS f ON f.former = a.asked
JOIN person AS p ON p.person = coalesce(f.person, a.asked)
