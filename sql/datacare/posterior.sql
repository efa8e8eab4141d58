-- Every candidate of every row with its agreements and its probability; rows decided by keys keep what they had.
CREATE OR REPLACE TABLE posterior AS
SELECT *, true AS by_keys FROM keyed_scored
UNION ALL
SELECT *, false FROM scored
