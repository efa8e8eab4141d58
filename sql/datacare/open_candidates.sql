CREATE OR REPLACE TABLE candidate AS
SELECT keyed.pid, keyed.rid
FROM (SELECT pid, rid FROM identifier_candidate UNION SELECT pid, rid FROM exact_candidate) AS keyed
INNER JOIN open_row AS open ON keyed.pid = open.pid
UNION
SELECT pid, rid FROM fuzzy_candidate
