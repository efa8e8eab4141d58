-- Leaked units per extract, counted by what their likelihood depends on. Dropped channels read as unknown.
SELECT extract, number IS NOT NULL AS delivered, hot,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS ratio,
       count(*) AS units
FROM marked
GROUP BY ALL
ORDER BY ALL
