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
history AS (
    SELECT extract, unit, company, number, campaign, hot,
           CASE WHEN excluding THEN list((extract, hot)) OVER (
               PARTITION BY unit ORDER BY turn ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
           END AS history
    FROM member
),
stratum AS (
    SELECT extract, history, hot, nullif(count(number), 0) / count(*) AS share FROM history GROUP BY extract, history, hot
),
common AS (
    SELECT company FROM member GROUP BY company HAVING count(DISTINCT campaign) > 1
)
SELECT history.extract, leaked.leaked, history.number, share,
       count(DISTINCT campaign) OVER (PARTITION BY leaked.leaked) > 1 AS shared,
       common.company IS NOT NULL AS company_shared
FROM history JOIN leaked USING (unit)
JOIN stratum ON stratum.extract = history.extract AND stratum.hot = history.hot AND stratum.history IS NOT DISTINCT FROM history.history
LEFT JOIN common ON common.company = history.company
