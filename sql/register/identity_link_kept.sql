INSERT INTO link
SELECT k.rid, g.head
FROM kept AS k
JOIN (SELECT person, min(rid) AS head FROM kept GROUP BY person HAVING count(*) > 1) AS g ON g.person = k.person
WHERE k.rid <> g.head
