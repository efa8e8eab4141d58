-- A sampled row's candidates as they would be without its identifier.
CREATE OR REPLACE TABLE candidate AS
SELECT pid, rid, pid * 4294967296 + rid AS pair
FROM (
    SELECT exact.pid, exact.rid FROM exact_candidate AS exact INNER JOIN open_row AS open ON exact.pid = open.pid
    UNION
    SELECT pid, rid FROM fuzzy_candidate
) AS found
