INSERT INTO stratum SELECT dimension, value, count(DISTINCT person) FROM stratum_member GROUP BY ALL ORDER BY ALL
