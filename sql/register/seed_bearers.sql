-- In how many organisations somebody bears each first and each last name: what a seed is called must not stand out (R038).
-- In a large register one more is not seen, and nothing is counted.
WITH borne AS (
    SELECT p.org, n.first_name, n.last_name
    FROM position AS p JOIN person AS n USING (person)
    WHERE (SELECT count(*) FROM position) <= 200000
)
SELECT 'first_name' AS part, first_name AS name, count(DISTINCT org) AS bearers
FROM borne WHERE first_name IS NOT NULL GROUP BY first_name
UNION ALL
SELECT 'last_name', last_name, count(DISTINCT org) FROM borne WHERE last_name IS NOT NULL GROUP BY last_name
