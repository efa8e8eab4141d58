-- Persons with these name tokens (sorted, any order in the name, present or former name) who work in one of the
-- organisations or, with $municipality, in an organisation of that municipality.
WITH named AS (
    SELECT person FROM person WHERE list_sort(string_split(name_fold, ' ')) = $tokens::VARCHAR[]
    UNION
    SELECT person FROM person_name WHERE list_sort(string_split(name_fold, ' ')) = $tokens::VARCHAR[]
)
SELECT DISTINCT n.person
FROM named AS n
JOIN position AS p ON p.person = n.person
JOIN organisation AS o ON o.org = p.org
WHERE ($orgs::INTEGER[] IS NULL OR o.org IN (SELECT unnest($orgs::INTEGER[])))
  AND ($municipality::VARCHAR IS NULL OR o.municipality = $municipality)
