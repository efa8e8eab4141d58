-- Kept tokens that no delivered row of these manifests has any more (R072); the few tokens are looked for in the many rows.
WITH found AS (
    SELECT unit AS token FROM read_parquet($manifests)
    WHERE number IS NOT NULL AND unit IN (SELECT token FROM kept_link)
    UNION ALL
    SELECT person FROM read_parquet($manifests)
    WHERE number IS NOT NULL AND person IN (SELECT token FROM kept_link)
)
SELECT DISTINCT k.token FROM kept_link AS k ANTI JOIN found AS f ON f.token = k.token
