-- The one organisation at work whose former name is that of a ceased one.
SELECT w.row, min(s.business_id) AS business_id, min(coalesce(l.source, $controller)) AS source, min(s.name_date) AS date
FROM wanted AS w
JOIN organisation AS o ON o.org = w.org
JOIN (SELECT *, unnest(former_names) AS was FROM organisation WHERE NOT ceased AND len(former_names) > 0) AS s
    ON s.was = o.name AND s.org <> o.org
LEFT JOIN load AS l ON l.load = s.name_load
WHERE o.ceased
GROUP BY w.row
HAVING count(DISTINCT s.org) = 1 AND NOT bool_or(s.org IN (SELECT id FROM gate_organisations))
ORDER BY w.row
