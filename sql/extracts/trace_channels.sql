-- How often each symbol of each channel occurs in the suspect, over distinct units, or companies where the channel is
-- linked: a channel that never varies was normalised.
WITH reading AS (
    SELECT DISTINCT leaked, company, list_transform(marks, lambda mark: mark.seen) AS seen
    FROM marked WHERE number IS NOT NULL
),
cell AS (
    SELECT leaked, company, unnest(seen) AS seen, generate_subscripts(seen, 1) - 1 AS channel FROM reading
)
SELECT channel, seen,
       if(list_contains($linked, channel), count(DISTINCT company), count(DISTINCT leaked)) AS cells
FROM cell WHERE seen IS NOT NULL GROUP BY channel, seen ORDER BY channel, seen
