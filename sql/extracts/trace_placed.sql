-- One customer's leaked units with what naming a campaign and repeated orders need besides.
-- shared: the unit stands in pools of several of its campaigns.
-- share: delivered / eligible among the units of the pool with the same history. An order that leaves out what was
-- delivered earlier holds those that were withheld then, whose ranks are known to be high: they are judged apart, and so
-- are hot rows, here and then. Null: it says nothing.
CREATE OR REPLACE TEMP TABLE placed AS
WITH member AS (
    SELECT extract, campaign, excluding, turn, unit, company, number, coalesce(hot, false) AS hot
    FROM (
        SELECT * FROM read_parquet($manifests, union_by_name = true, filename = true)
        UNION ALL BY NAME SELECT NULL::BOOLEAN AS hot WHERE false
    ) JOIN extract USING (filename)
    WHERE customer = $customer
),
earlier AS (
    SELECT member.extract, member.unit, list((before.extract, before.hot) ORDER BY before.turn, before.extract) AS history
    FROM member JOIN member AS before ON before.unit = member.unit AND before.turn < member.turn
    WHERE member.excluding
    GROUP BY member.extract, member.unit
),
known AS (
    SELECT member.*, history FROM member LEFT JOIN earlier USING (extract, unit)
),
stratum AS (
    SELECT extract, history, hot, nullif(count(number), 0) / count(*) AS share FROM known GROUP BY extract, history, hot
),
shown AS (
    SELECT known.*, leaked FROM known JOIN leaked USING (unit)
),
common AS (
    SELECT company FROM member WHERE company IN (SELECT company FROM shown)
    GROUP BY company HAVING count(DISTINCT campaign) > 1
)
SELECT shown.extract, leaked, number, share,
       count(DISTINCT campaign) OVER (PARTITION BY leaked) > 1 AS shared,
       common.company IS NOT NULL AS company_shared
FROM shown
JOIN stratum ON stratum.extract = shown.extract AND stratum.hot = shown.hot
    AND stratum.history IS NOT DISTINCT FROM shown.history
LEFT JOIN common ON common.company = shown.company
