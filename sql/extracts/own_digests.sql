-- What a customer's list names, as the digests that the register is compared with: each once, by kind.
SELECT DISTINCT kind, digest
FROM (
    SELECT kind, digest64(CASE kind
        WHEN 'domain' THEN web_domain(text)
        WHEN 'name' THEN nullif(organisation_core(text), '') || '|' || postcode
        ELSE text
    END) AS digest
    FROM own_listed
)
WHERE digest IS NOT NULL
ORDER BY kind, digest
