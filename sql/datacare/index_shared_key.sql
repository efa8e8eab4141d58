-- Keys of several parties, with how many: switchboards of office hotels, hosts of chains, names like others.
CREATE TABLE r_shared_key AS
SELECT 'phone' AS kind, phone AS value, count(*) AS df FROM r_party WHERE phone IS NOT NULL
GROUP BY phone HAVING count(*) > 1
UNION ALL
SELECT 'domain', domain, count(*) FROM r_party WHERE domain IS NOT NULL GROUP BY domain HAVING count(*) > 1
UNION ALL
SELECT 'name', key, count(DISTINCT pid) FROM r_name GROUP BY key HAVING count(DISTINCT pid) > 1
UNION ALL
SELECT 'email', email, count(DISTINCT pid) FROM r_person_spelled WHERE email IS NOT NULL
GROUP BY email HAVING count(DISTINCT pid) > 1
UNION ALL
SELECT 'mobile', mobile, count(DISTINCT pid) FROM r_person_spelled WHERE mobile IS NOT NULL
GROUP BY mobile HAVING count(DISTINCT pid) > 1
