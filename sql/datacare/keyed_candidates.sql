-- Pairs of parties to compare. Their two numbers as one (either is below 2^32): what is known of a pair is found by it.
CREATE OR REPLACE TABLE candidate AS
SELECT pid, rid, pid * 4294967296 + rid AS pair
FROM (SELECT pid, rid FROM identifier_candidate UNION SELECT pid, rid FROM exact_candidate) AS keyed
