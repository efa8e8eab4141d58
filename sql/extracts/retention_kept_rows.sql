-- Per manifest the rows that stay when it is unlinked (R062, R075).
SELECT filename, count(*) AS rows
FROM read_parquet($manifests, filename = true)
WHERE person IN (SELECT token FROM kept)
GROUP BY filename
