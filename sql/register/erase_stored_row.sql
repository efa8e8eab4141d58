-- Every stored position row of every load, live or replaced.
CREATE TEMP VIEW stored_row AS
SELECT
    f.filename AS path, f.file, f.row, s.source, concat(s.source, chr(31), f.source_id) AS sid,
    replace(f.business_id, '-', '')::INTEGER AS org, f.name_fold, split_part(f.name_fold, ' ', 1) AS first, f.email, f.mobile
FROM read_parquet(getvariable('stored_files'), filename = true) AS f
JOIN stored_load AS s ON s.path = f.filename
