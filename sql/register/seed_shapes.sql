-- What invented organisations are made like (R038): how those are called that these positions are in, and what must be
-- seen of people's names to tell how addresses agree with them. Only shapes are kept of it.
SELECT p.position, p.org, coalesce(o.name, '-') AS name, o.website, n.first_name, n.last_name, p.email
FROM wanted AS w
JOIN position AS p ON p.position = w.position
JOIN organisation AS o ON o.org = p.org
JOIN person AS n ON n.person = p.person
ORDER BY p.org, p.position
