SELECT f.filename AS path, f.file, f.row
FROM read_parquet($files::VARCHAR[], filename = true) AS f
SEMI JOIN gone_organisation AS g ON g.org = replace(f.business_id, '-', '')::INTEGER
