-- Name and title of candidates, for a person to tell who a row is.
SELECT w.position, concat_ws(' ', n.first_name, n.last_name) AS name, p.title
FROM wanted AS w JOIN position AS p ON p.position = w.position JOIN person AS n ON n.person = p.person
ORDER BY w.position
