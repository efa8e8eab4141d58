-- Names of organisations that somebody works for: the words that invented ones are made of (R038).
SELECT o.name
FROM organisation AS o
WHERE o.name IS NOT NULL AND NOT o.ceased AND EXISTS (SELECT 1 FROM position AS p WHERE p.org = o.org)
ORDER BY random()
LIMIT 5000
