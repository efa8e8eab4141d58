-- Writing encrypted spill files takes a crypto module that the wheel does not bundle (R085).
SELECT installed FROM duckdb_extensions() WHERE extension_name = 'httpfs'
