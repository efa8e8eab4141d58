-- The count statement's raw numbers: rows and organisations by fate.
SELECT fate, count(*) AS rows, count(DISTINCT org) AS organisations FROM judged GROUP BY fate
