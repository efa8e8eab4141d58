-- Persons of the named organisations whose name is nearly the one given (T02): the same first name, its nickname or full
-- form, or an initial; and a part of the surname with at most a letter between.
CREATE OR REPLACE TEMP TABLE ban_near AS
WITH asked AS (
    SELECT n, pair.given AS given, pair.part AS part FROM (SELECT n, unnest(pairs) AS pair FROM ban_request WHERE NOT whole)
), place AS (
    SELECT DISTINCT b.n, p.person
    FROM ban_organisation AS b JOIN position AS p ON p.org = b.org SEMI JOIN asked AS a ON a.n = b.n
), placed AS (
    SELECT p.n, p.person, string_split(near_fold(s.name_fold), ' ') AS parts FROM place AS p JOIN person AS s ON s.person = p.person
    UNION
    SELECT p.n, p.person, string_split(near_fold(s.name_fold), ' ') FROM place AS p JOIN person_name AS s ON s.person = p.person
), word AS (
    SELECT n, person, parts, unnest(parts) AS part FROM placed
), surname AS (
    SELECT DISTINCT w.n, w.person, a.given, list_filter(w.parts, lambda p: p <> w.part) AS givens
    FROM word AS w
    JOIN asked AS a ON a.n = w.n AND list_has_any(near_spellings(w.part), near_spellings(a.part))
), named AS (
    SELECT n, person, given, unnest(givens) AS own FROM surname
)
SELECT DISTINCT s.n, s.person
FROM named AS s
LEFT JOIN given_class AS c ON c.given = s.own
WHERE coalesce(c.class, s.own) = s.given
   OR ((length(s.given) = 1 OR length(s.own) = 1) AND s.given[1] = s.own[1])
