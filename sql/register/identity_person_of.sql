-- The id of every group: the smallest it continues, else the next that was never used.
CREATE TEMP TABLE person_of AS
WITH old AS (SELECT label, min(person) AS person FROM claim GROUP BY label)
FROM old
UNION ALL
SELECT n.label, ($next_person + row_number() OVER (ORDER BY n.label) - 1)::INTEGER
FROM (SELECT DISTINCT label FROM member) AS n ANTI JOIN old AS o ON o.label = n.label
