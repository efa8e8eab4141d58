-- One customer's leaked units with what naming a campaign and repeated orders need besides.
-- shared: the unit stands in pools of several of its campaigns; own_ratio: the same for the extract's own symbols alone.
-- share: delivered / eligible among the units of the pool with the same history. An order that leaves out what was
-- delivered earlier holds those that were withheld then, whose ranks are known to be high: they are judged apart. Null: it says nothing.
WITH member AS (
    SELECT extract, campaign, excluding, turn, unit, number
    FROM read_parquet($manifests, union_by_name = true, filename = true) JOIN extract USING (filename)
    WHERE customer = $customer
),
placed AS (
    SELECT extract, unit, number, campaign,
           CASE WHEN excluding THEN list(extract) OVER (
               PARTITION BY unit ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
           END AS history
    FROM member
),
stratum AS (
    SELECT extract, history, nullif(count(number), 0) / count(*) AS share FROM placed GROUP BY extract, history
),
seen AS (
    SELECT placed.extract, leaked.leaked, placed.number, share,
           count(DISTINCT campaign) OVER (PARTITION BY leaked.leaked) > 1 AS shared
    FROM placed JOIN leaked USING (unit)
    JOIN stratum ON stratum.extract = placed.extract AND stratum.history IS NOT DISTINCT FROM placed.history
)
SELECT extract, pool.number IS NOT NULL AS delivered, share, shared,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS ratio,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 OR NOT mark.own THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS own_ratio,
       count(*) AS units
FROM pool JOIN seen USING (extract, leaked)
GROUP BY ALL
ORDER BY ALL
