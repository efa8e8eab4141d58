-- Positions of the previous snapshot, and how many of them are not in this one.
SELECT count(*), count(*) FILTER (p.position IS NULL)
FROM previous.position AS f LEFT JOIN position AS p ON p.position = f.position
