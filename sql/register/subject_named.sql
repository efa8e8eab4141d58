-- Persons who go by a name, present or former, its tokens in any order and umlauts spelt out or not (ae, oe, ue). $piece
-- is the longest part of the name that is the same in every spelling: looking for it first spares the rest of the work.
-- With $orgs only those who hold a position in one of these organisations. At most $most, the smallest ids.
WITH named AS (
    SELECT person FROM person
    WHERE contains(name_fold, $piece)
      AND list_sort(string_split(regexp_replace(name_fold, '([aou])e', '\1', 'g'), ' ')) = $tokens::VARCHAR[]
    UNION
    SELECT person FROM person_name
    WHERE contains(name_fold, $piece)
      AND list_sort(string_split(regexp_replace(name_fold, '([aou])e', '\1', 'g'), ' ')) = $tokens::VARCHAR[]
)
SELECT n.person
FROM named AS n
WHERE $orgs::INTEGER[] IS NULL
   OR n.person IN (SELECT p.person FROM position AS p WHERE p.org IN (SELECT unnest($orgs::INTEGER[])))
ORDER BY n.person
LIMIT $most
