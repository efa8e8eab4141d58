-- Every way a person's name may be read, one row per pair of a family word and a given word.
CREATE TABLE r_person AS
SELECT DISTINCT pair.pid, pair.person, pair.family, pair.given, coalesce(class.class, pair.given) AS class
FROM (
    SELECT pid, person, family, unnest(first) AS given
    FROM (SELECT pid, person, first, unnest(last) AS family FROM r_person_text) AS family_word
) AS pair
LEFT JOIN given_class AS class ON pair.given = class.given
ORDER BY pair.family, pair.given, pair.person
