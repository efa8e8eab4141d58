-- The version most selectable rows speak.
SELECT i.version FROM selectable AS s JOIN industry AS i ON i.industry = s.industry
GROUP BY i.version ORDER BY count(*) DESC, i.version LIMIT 1
