-- How often each symbol of each channel occurs in the suspect: a channel that never varies was normalised.
WITH reading AS (
    SELECT DISTINCT leaked, list_transform(marks, lambda mark: mark.seen) AS seen FROM pool WHERE number IS NOT NULL
),
cell AS (
    SELECT DISTINCT leaked, unnest(seen) AS seen, generate_subscripts(seen, 1) AS channel FROM reading
)
SELECT channel - 1 AS channel, seen, count(*) AS cells FROM cell WHERE seen IS NOT NULL GROUP BY ALL ORDER BY ALL
