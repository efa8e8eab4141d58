-- Every live row of every organisation load. rid numbers rows over all loads: later load, file, row → larger.
CREATE TEMP VIEW organisation_input AS
SELECT
    (l.ordinal::BIGINT << 47) | (f.file::BIGINT << 32) | f.row AS rid,
    replace(f.business_id, '-', '')::INTEGER AS org,
    l.load, l.source, l.standing,
    f.* EXCLUDE (file, row, filename)
FROM read_parquet(getvariable('organisation_files'), filename = true) AS f
JOIN live_load AS l ON l.path = f.filename AND l.kind = 'organisations'
