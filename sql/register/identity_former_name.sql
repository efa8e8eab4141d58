-- The names a person went by in the previous snapshot, former ones included; none of the erased (R061).
CREATE TEMP TABLE former_name AS
SELECT DISTINCT n.person, f.first, hash(n.name_fold) AS name
FROM (
    SELECT person, first_name, name_fold FROM previous.person
    UNION ALL SELECT person, first_name, name_fold FROM previous.person_name
) AS n
LEFT JOIN first_name_fold AS f ON f.text = n.first_name
ANTI JOIN erased AS e ON e.person = n.person
WHERE n.name_fold IS NOT NULL
