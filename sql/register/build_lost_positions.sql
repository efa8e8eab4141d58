-- Positions of the previous snapshot, and how many of them are not in this one; the erased are not missed.
SELECT count(*), count(*) FILTER (p.position IS NULL)
FROM previous.position AS f ANTI JOIN erased AS e ON e.person = f.person LEFT JOIN position AS p ON p.position = f.position
