-- Name and city of candidates, for a person to tell which one a row is; banned organisations are not shown.
SELECT w.org, o.name, coalesce(o.visiting_city, o.postal_city) AS city
FROM wanted AS w JOIN organisation AS o ON o.org = w.org
ANTI JOIN gate_organisations AS g ON g.id = w.org
ORDER BY w.org
