-- The delivered rows of these manifests that carry a wanted token; a row found by several tokens is one line.
SELECT w.target, w.id, max(w.position) AS position, m.filename, m.number, any_value(m.unit) AS unit
FROM (
    SELECT filename, number, person, unit, company
    FROM read_parquet($manifests, filename = true)
    WHERE number IS NOT NULL AND (
        person IN (SELECT token FROM wanted WHERE kind = 'person')
        OR unit IN (SELECT token FROM wanted WHERE kind = 'unit')
        OR company IN (SELECT token FROM wanted WHERE kind = 'company')
    )
) AS m
JOIN wanted AS w ON w.token = CASE w.kind WHEN 'person' THEN m.person WHEN 'unit' THEN m.unit ELSE m.company END
GROUP BY w.target, w.id, m.filename, m.number
