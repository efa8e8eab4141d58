CREATE OR REPLACE TABLE candidate AS
SELECT pid, rid FROM identifier_candidate
UNION
SELECT pid, rid FROM exact_candidate
