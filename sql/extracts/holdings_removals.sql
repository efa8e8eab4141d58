-- Which of the wanted row keys stand in these removals.
SELECT filename, key FROM read_parquet($removals, filename = true) WHERE key IN (SELECT key FROM wanted_key)
