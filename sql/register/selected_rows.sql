-- How many rows meet what is asked.
SELECT count(*) FROM selection
