-- The last organisation of each chunk: numbers are far apart, so chunks go by rows.
SELECT org FROM (
    SELECT org, row_number() OVER (ORDER BY org) AS place, count(*) OVER () AS organisations FROM organisation
) AS placed
WHERE place % $rows = 0 OR place = organisations
ORDER BY org
