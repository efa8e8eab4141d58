-- Persons that the ban requests point at, and by what: their address, their number, or their name (present, former or
-- other) in an organisation or a municipality (R018).
CREATE OR REPLACE TEMP TABLE ban_candidate AS
WITH asked AS (
    SELECT n, municipality, unnest(names) AS tokens FROM ban_request WHERE NOT whole
), place AS (
    SELECT DISTINCT b.n, p.person
    FROM ban_organisation AS b JOIN position AS p ON p.org = b.org SEMI JOIN asked AS a ON a.n = b.n
), placed AS (
    SELECT p.n, p.person, s.name_fold FROM place AS p JOIN person AS s ON s.person = p.person
    UNION ALL
    SELECT p.n, p.person, s.name_fold FROM place AS p JOIN person_name AS s ON s.person = p.person
), everybody AS (
    SELECT person, name_fold FROM person WHERE EXISTS (FROM ban_request WHERE municipality IS NOT NULL)
    UNION ALL
    SELECT person, name_fold FROM person_name WHERE EXISTS (FROM ban_request WHERE municipality IS NOT NULL)
), namesake AS (
    SELECT a.n, a.municipality, e.person
    FROM everybody AS e JOIN asked AS a ON a.municipality IS NOT NULL AND a.tokens = name_tokens(e.name_fold)
)
SELECT r.n, p.person, 'id' AS way FROM ban_request AS r JOIN person AS p ON p.person = r.person
UNION
SELECT r.n, p.person, 'email' FROM ban_request AS r JOIN position AS p ON p.email = r.email
UNION
SELECT r.n, p.person, 'phone' FROM ban_request AS r JOIN position AS p ON p.mobile = r.phone
UNION
SELECT a.n, p.person, 'name' FROM placed AS p JOIN asked AS a ON a.n = p.n AND a.tokens = name_tokens(p.name_fold)
UNION
SELECT s.n, s.person, 'name'
FROM namesake AS s
JOIN position AS p ON p.person = s.person
JOIN organisation AS o ON o.org = p.org AND o.municipality = s.municipality
