-- How many rows may be delivered before the limit.
SELECT count(*) FROM eligible
