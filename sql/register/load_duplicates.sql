-- Rows of a load whose key an earlier row of the same load has: the first stands.
SELECT file, row FROM (
    SELECT file, row, row_number() OVER (PARTITION BY key ORDER BY file, row) AS nth
    FROM accepted WHERE key IN (SELECT key FROM accepted GROUP BY key HAVING count(*) > 1)
) WHERE nth > 1
ORDER BY file, row
