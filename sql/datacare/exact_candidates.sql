-- Stage A: parties that share an exact key other than the identifier, unless it is so common that it says nothing.
CREATE OR REPLACE TABLE exact_candidate AS
SELECT DISTINCT pid, rid FROM (
    SELECT c.pid, r.pid AS rid FROM c_party AS c INNER JOIN r_party AS r ON c.phone = r.phone
    LEFT JOIN r_shared_key AS shared ON shared.kind = 'phone' AND shared.value = c.phone
    WHERE coalesce(shared.df, 1) <= $contact
    UNION ALL
    SELECT c.pid, r.pid FROM c_party AS c INNER JOIN r_party AS r ON c.domain = r.domain
    LEFT JOIN r_shared_key AS shared ON shared.kind = 'domain' AND shared.value = c.domain
    WHERE coalesce(shared.df, 1) <= $contact
    UNION ALL
    SELECT c.pid, r.pid FROM c_name_text AS c INNER JOIN r_name AS r ON c.key = r.key
    LEFT JOIN r_shared_key AS shared ON shared.kind = 'name' AND shared.value = c.key
    WHERE coalesce(shared.df, 1) <= $name
    UNION ALL
    SELECT c.pid, r.pid FROM c_party AS c INNER JOIN r_person_spelled AS r ON c.email = r.email
    LEFT JOIN r_shared_key AS shared ON shared.kind = 'email' AND shared.value = c.email
    WHERE coalesce(shared.df, 1) <= $contact
    UNION ALL
    SELECT c.pid, r.pid FROM c_party AS c INNER JOIN r_person_spelled AS r ON c.phone = r.mobile
    LEFT JOIN r_shared_key AS shared ON shared.kind = 'mobile' AND shared.value = c.phone
    WHERE coalesce(shared.df, 1) <= $contact
    UNION ALL
    SELECT c.pid, r.pid FROM c_party AS c INNER JOIN r_party AS r ON c.email = r.email
    UNION ALL
    SELECT c.pid, r.pid FROM c_person AS c
    INNER JOIN r_person AS r ON c.family = r.family AND c.given = r.given
    LEFT JOIN r_shared_person AS shared ON shared.family = c.family AND shared.given = c.given
    WHERE coalesce(shared.df, 1) <= $person
) AS found
