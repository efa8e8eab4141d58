CREATE OR REPLACE TABLE candidate AS
SELECT pid, rid, pid * 4294967296 + rid AS pair
FROM (
    SELECT keyed.pid, keyed.rid
    FROM (SELECT pid, rid FROM identifier_candidate UNION ALL SELECT pid, rid FROM exact_candidate) AS keyed
    INNER JOIN open_row AS open ON keyed.pid = open.pid
    UNION
    SELECT pid, rid FROM fuzzy_candidate
) AS found
