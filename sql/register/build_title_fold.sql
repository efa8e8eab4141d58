-- Every spelling of a title and its number; titles that only the previous snapshot knows are negative.
CREATE TEMP TABLE title_fold AS
SELECT f.text, coalesce(t.title, -dense_rank() OVER (ORDER BY f.fold))::INTEGER AS title
FROM folded AS f LEFT JOIN title AS t ON t.fold = f.fold
WHERE f.fold IS NOT NULL
