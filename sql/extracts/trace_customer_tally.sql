-- One customer's leaked units counted by what their likelihood depends on, after trace_placed.
-- own_ratio: without the symbols that its campaigns share. A linked channel's bit is the company's: shared where the
-- company stands in pools of several of them.
SELECT extract, marked.number IS NOT NULL AS delivered, share, shared,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS ratio,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN NOT mark.own AND if(list_contains($linked, channel - 1), company_shared, shared) THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS own_ratio,
       count(*) AS units
FROM marked JOIN placed USING (extract, leaked)
GROUP BY ALL
ORDER BY ALL
