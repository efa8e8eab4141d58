-- Who is who among the wanted persons: name, title, organisation; no contact data. A merged-away id leads to its person.
SELECT DISTINCT n.person, n.first_name, n.last_name, p.position, p.title, o.name AS organisation, o.business_id
FROM wanted AS w
LEFT JOIN person_alias AS a ON a.former = w.person
JOIN person AS n ON n.person = coalesce(a.person, w.person)
JOIN position AS p ON p.person = n.person
JOIN organisation AS o ON o.org = p.org
ORDER BY n.person, p.position
