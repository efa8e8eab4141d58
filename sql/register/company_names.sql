-- Names of limited companies and how many positions each has: the words and sizes that invented ones are made of (R038).
SELECT o.name, least(count(*), 4) AS positions
FROM organisation AS o
JOIN position AS p USING (org)
WHERE o.name LIKE '% % Oy' AND NOT o.ceased AND NOT regexp_matches(o.name, '(?i)^(as|asunto|kiinteistö)\b')
GROUP BY o.org, o.name
ORDER BY random()
LIMIT 5000
