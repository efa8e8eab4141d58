-- A position: one person, organisation and title, from however many rows; named by its smallest row.
CREATE TEMP TABLE unit AS
SELECT min(rid) AS unit, person, org, title, count(*) AS size FROM seat GROUP BY person, org, title
