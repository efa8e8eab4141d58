-- Where the organisations of the live loads are, for bans by name and municipality or organisation name.
SELECT DISTINCT business_id, name, municipality FROM read_parquet($files) WHERE name IS NOT NULL
