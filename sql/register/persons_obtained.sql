-- Persons of these strata, or of all when everybody is asked for, whose token is among the obtained ones.
SELECT person
FROM (
    SELECT DISTINCT s.person, s.person_nonce
    FROM selectable AS s LEFT JOIN industry AS i ON i.industry = s.industry
    WHERE $everybody::BOOLEAN
       OR s.region IN (SELECT unnest($regions::UTINYINT[]))
       OR i.division IN (SELECT unnest($divisions::VARCHAR[]))
       OR ((s.responsibility | s.purchasing) & $areas::UINTEGER) <> 0
)
WHERE unhex(substr(hmac_hex($inner, $outer, person_nonce::VARCHAR::BLOB), 1, 32)) IN (SELECT token FROM obtained_token)
