-- Every live row of every position load; rid as in organisation_input.
CREATE TEMP VIEW position_input AS
SELECT
    (l.ordinal::BIGINT << 47) | (f.file::BIGINT << 32) | f.row AS rid,
    replace(f.business_id, '-', '')::INTEGER AS org,
    l.load, l.source, l.standing, l.obtained_on AS obtained,
    f.* EXCLUDE (file, row, filename)
FROM read_parquet(getvariable('position_files'), filename = true) AS f
JOIN live_load AS l ON l.path = f.filename AND l.kind = 'positions'
