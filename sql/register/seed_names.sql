-- Names of people drawn at random, to draw a first name from one and a last name from another (R038), and of what form
-- their organisations are.
SELECT n.first_name, n.last_name, o.name
FROM (SELECT person, org FROM position USING SAMPLE 4000 ROWS) AS p
JOIN person AS n USING (person)
JOIN organisation AS o USING (org)
WHERE n.first_name IS NOT NULL AND n.last_name IS NOT NULL AND o.name IS NOT NULL
