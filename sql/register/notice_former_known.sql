-- Whether the snapshot before kept the days of obtaining.
SELECT count(*) FROM duckdb_tables() WHERE database_name = 'previous' AND table_name = 'person_obtained'
