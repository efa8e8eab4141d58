-- The leaked units of one extract, one by one, after trace_placed: what an exhibit shows of them.
WITH shown AS (
    SELECT unit, list(DISTINCT line ORDER BY line) AS lines FROM sighting GROUP BY unit
)
SELECT lower(hex(unit)) AS unit, lower(hex(marked.company)) AS company, marked.number, share, lines, marks
FROM marked JOIN placed USING (extract, leaked) JOIN leaked USING (leaked) JOIN shown USING (unit)
WHERE extract = $extract
ORDER BY unit
