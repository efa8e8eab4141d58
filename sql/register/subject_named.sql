-- Persons who go by a name, present or former, its tokens in any order; the longest token is looked for first, as it is
-- written without the spelt-out umlauts (ae, oe, ue). With $orgs only those who hold a position in one of these
-- organisations. At most $most, the smallest ids.
WITH spelt AS (
    SELECT person, regexp_replace(name_fold, '([aou])e', '\1', 'g') AS fold FROM person
    WHERE contains(name_fold, $longest) OR regexp_matches(name_fold, '[aou]e')
    UNION ALL
    SELECT person, regexp_replace(name_fold, '([aou])e', '\1', 'g') FROM person_name
    WHERE contains(name_fold, $longest) OR regexp_matches(name_fold, '[aou]e')
), named AS (
    SELECT DISTINCT person FROM spelt
    WHERE contains(fold, $longest) AND list_sort(string_split(fold, ' ')) = $tokens::VARCHAR[]
)
SELECT n.person
FROM named AS n
WHERE $orgs::INTEGER[] IS NULL
   OR n.person IN (SELECT p.person FROM position AS p WHERE p.org IN (SELECT unnest($orgs::INTEGER[])))
ORDER BY n.person
LIMIT $most
