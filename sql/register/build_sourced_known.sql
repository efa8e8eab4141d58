SELECT count(*) FROM duckdb_tables() WHERE database_name = 'previous' AND table_name = 'sourced'
