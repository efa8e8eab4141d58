CREATE TEMP TABLE stamp_set AS
SELECT stamp, loads, (dense_rank() OVER (ORDER BY loads))::INTEGER AS load_set FROM stamp
