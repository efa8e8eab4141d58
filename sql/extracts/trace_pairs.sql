-- Who stands in which pool.
SELECT extract, leaked FROM pool
