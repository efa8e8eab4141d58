-- Organisations that go: those named, and sole traders' where nobody else works (R010: their data are a person's).
CREATE TEMP TABLE gone_organisation AS
SELECT org FROM gone_org
UNION
SELECT o.org
FROM previous.organisation AS o
JOIN previous.position AS p ON p.org = o.org
LEFT JOIN gone_person AS g ON g.person = p.person
WHERE o.sole_trader
GROUP BY o.org
HAVING count(*) = count(g.person)
