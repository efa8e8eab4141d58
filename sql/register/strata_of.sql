-- How many of some persons are in each stratum.
SELECT m.dimension, m.value, count(DISTINCT m.person) AS persons
FROM stratum_member AS m SEMI JOIN asked_person AS a ON a.person = m.person
GROUP BY ALL
