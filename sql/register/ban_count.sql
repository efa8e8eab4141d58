-- Per request: how many could be meant, how many fit the name, how many use the address and the number, and whether name
-- and address agree on somebody.
CREATE OR REPLACE TEMP TABLE ban_count AS
WITH fit AS (
    SELECT n, count(DISTINCT person) FILTER (way = 'name') AS named, count(DISTINCT person) FILTER (way = 'email') AS email_users,
           count(DISTINCT person) FILTER (way = 'phone') AS phone_users
    FROM ban_candidate GROUP BY n
), agreed AS (
    SELECT n, person FROM ban_candidate GROUP BY n, person HAVING count(DISTINCT way = 'name') = 2
), sure AS (
    SELECT n, count(*) AS sure FROM ban_sure GROUP BY n
), board AS (
    SELECT n, count(*) AS switchboards FROM ban_number WHERE NOT sole_trader GROUP BY n
), place AS (
    SELECT n, count(*) AS organisations FROM ban_organisation GROUP BY n
)
SELECT r.n, coalesce(s.sure, 0) AS sure, coalesce(b.switchboards, 0) AS switchboards, coalesce(f.named, 0) AS named,
       coalesce(f.email_users, 0) AS email_users, coalesce(f.phone_users, 0) + coalesce(b.switchboards, 0) AS phone_users,
       coalesce(p.organisations, 0) AS organisations, r.n IN (SELECT n FROM agreed) AS agreed
FROM ban_request AS r
LEFT JOIN fit AS f ON f.n = r.n
LEFT JOIN sure AS s ON s.n = r.n
LEFT JOIN board AS b ON b.n = r.n
LEFT JOIN place AS p ON p.n = r.n
