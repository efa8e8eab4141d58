-- One customer's leaked units with what naming a campaign and repeated orders need besides.
-- shared: the unit stands in pools of several of its campaigns; own_ratio: without the symbols that they share.
-- A linked channel's bit is the company's: shared where the company stands in pools of several of its campaigns.
-- share: delivered / eligible among the units of the pool with the same history. An order that leaves out what was
-- delivered earlier holds those that were withheld then, whose ranks are known to be high: they are judged apart. Null: it says nothing.
WITH member AS (
    SELECT extract, campaign, excluding, turn, unit, company, number
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
common AS (
    SELECT company FROM member GROUP BY company HAVING count(DISTINCT campaign) > 1
),
seen AS (
    SELECT placed.extract, leaked.leaked, placed.number, share,
           count(DISTINCT campaign) OVER (PARTITION BY leaked.leaked) > 1 AS shared
    FROM placed JOIN leaked USING (unit)
    JOIN stratum ON stratum.extract = placed.extract AND stratum.history IS NOT DISTINCT FROM placed.history
)
SELECT extract, marked.number IS NOT NULL AS delivered, share, shared,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS ratio,
       list_transform(marks, lambda mark, channel: CASE
           WHEN list_contains($dropped, channel - 1) OR mark.seen < 0 THEN NULL
           WHEN NOT mark.own AND if(list_contains($linked, channel - 1), common.company IS NOT NULL, shared) THEN NULL
           WHEN mark.seen = mark.symbol THEN 1 / if(mark.seen = 1, mark.p, 1 - mark.p)
           ELSE mark.seen * 0.0
       END) AS own_ratio,
       count(*) AS units
FROM marked JOIN seen USING (extract, leaked) LEFT JOIN common ON common.company = marked.company
GROUP BY ALL
ORDER BY ALL
