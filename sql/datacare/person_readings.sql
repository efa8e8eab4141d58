-- Every way the customer's persons may be read: as the columns say, swapped, and any two words of a whole name.
CREATE OR REPLACE TABLE c_person AS
WITH words AS (
    SELECT pid, person, last AS families, first AS givens FROM c_person_text
    UNION ALL
    SELECT pid, person, first, last FROM c_person_text
    UNION ALL
    SELECT pid, person, whole, whole FROM c_person_text
),
family AS (SELECT pid, person, unnest(families) AS family, givens FROM words),
pair AS (SELECT pid, person, family, unnest(givens) AS given FROM family)
SELECT DISTINCT pair.pid, pair.person, pair.family, pair.given, coalesce(class.class, pair.given) AS class
FROM pair LEFT JOIN given_class AS class ON pair.given = class.given
WHERE pair.family <> pair.given
