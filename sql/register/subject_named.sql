-- Persons who go by a name, present or former, its tokens in any order; the longest token is looked for first. With
-- $orgs only those who hold a position in one of these organisations. At most $most, the smallest ids.
WITH named AS (
    SELECT person FROM person
    WHERE contains(name_fold, $longest) AND list_sort(string_split(name_fold, ' ')) = $tokens::VARCHAR[]
    UNION
    SELECT person FROM person_name
    WHERE contains(name_fold, $longest) AND list_sort(string_split(name_fold, ' ')) = $tokens::VARCHAR[]
)
SELECT n.person
FROM named AS n
WHERE $orgs::INTEGER[] IS NULL
   OR n.person IN (SELECT p.person FROM position AS p WHERE p.org IN (SELECT unnest($orgs::INTEGER[])))
ORDER BY n.person
LIMIT $most
