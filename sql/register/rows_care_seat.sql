-- Rows whose person is not found in the organisation while one other person, who may be told of, holds the very seat that
-- the row names: the top one of its title. Who that is does not leave (R046).
SELECT w.row, min(coalesce(l.source, $controller)) AS source, max(p.title_date) AS date
FROM wanted AS w
JOIN selectable AS s ON s.org = w.org AND s.level = 1
JOIN title AS t ON t.title = s.title AND t.fold = w.title
JOIN position AS p ON p.position = s.position
JOIN person AS n ON n.person = s.person
LEFT JOIN load AS l ON l.load = p.title_load
WHERE s.verified >= $verified_since AND s.notified <= $notified_by
GROUP BY w.row
HAVING count(DISTINCT s.person) = 1
    AND NOT bool_or(list_has_any(string_split(n.name_fold, ' '), string_split(w.person, ' ')))
    AND NOT bool_or(s.person IN (SELECT id FROM gate_persons) OR s.position IN (SELECT id FROM gate_positions))
ORDER BY w.row
