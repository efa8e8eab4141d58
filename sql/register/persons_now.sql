-- Who some ids are now, merged ids followed.
SELECT DISTINCT p.person
FROM (SELECT unnest($former::INTEGER[]) AS former) AS f
LEFT JOIN person_alias AS a ON a.former = f.former
JOIN person AS p ON p.person = coalesce(a.person, f.former)
ORDER BY 1
