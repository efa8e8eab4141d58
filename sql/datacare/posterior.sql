-- Every candidate of every row with its agreements and its probability; rows decided by keys keep what they had.
CREATE OR REPLACE TABLE posterior AS
SELECT scored.*, true AS by_keys FROM keyed_scored AS scored INNER JOIN decided ON scored.pid = decided.pid
UNION ALL
SELECT *, false FROM scored
