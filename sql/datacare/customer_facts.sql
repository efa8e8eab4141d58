-- The customer's parties with what is the same for all their candidates: how many share a key, and whether they name anybody.
CREATE OR REPLACE TABLE c_fact AS
SELECT c.pid, c.identifier, c.valid, c.phone, c.domain, c.birth, c.other,
    shared_phone.df AS phone_df, shared_domain.df AS domain_df,
    ln(coalesce(shared_name.df, 1)) AS namesakes,
    has_person.pid IS NOT NULL AS has_person
FROM c_party AS c
LEFT JOIN (SELECT DISTINCT pid FROM c_person) AS has_person ON c.pid = has_person.pid
LEFT JOIN r_shared_key AS shared_phone ON shared_phone.kind = 'phone' AND shared_phone.value = c.phone
LEFT JOIN r_shared_key AS shared_domain ON shared_domain.kind = 'domain' AND shared_domain.value = c.domain
LEFT JOIN (SELECT pid, min(key) AS key FROM c_name GROUP BY pid) AS one_name ON c.pid = one_name.pid
LEFT JOIN r_shared_key AS shared_name ON shared_name.kind = 'name' AND shared_name.value = one_name.key
