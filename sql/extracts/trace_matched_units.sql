-- How many different units of the suspect stand in some pool.
SELECT count(DISTINCT leaked) FROM pool
