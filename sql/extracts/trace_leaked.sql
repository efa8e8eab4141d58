-- The units seen in the suspect, each once however many lines show it, with every channel cell seen beside it; numbered in
-- an order that says nothing, the same each time.
CREATE TEMP TABLE leaked AS
SELECT row_number() OVER (ORDER BY unit)::INTEGER AS leaked, unit, bool_and(tied) AS tied,
       coalesce(list(DISTINCT cell) FILTER (cell IS NOT NULL), []) AS cells
FROM sighting LEFT JOIN suspect_cell USING (line)
GROUP BY unit
