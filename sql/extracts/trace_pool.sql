-- Every pool's leaked units, with what the manifest says of each channel, in the order of the channels.
CREATE OR REPLACE TEMP TABLE pool AS
WITH member AS (
    SELECT extract.extract, leaked.leaked, number, coalesce(hot, false) AS hot, company,
           list_value(*COLUMNS('^.+_symbol$')) AS symbols, list_value(*COLUMNS('^.+_p$')) AS biases,
           list_value(*COLUMNS('^.+_scope$')) AS scopes, list_value(*COLUMNS('^.+_alt0$')) AS zeros,
           list_value(*COLUMNS('^.+_alt1$')) AS ones, list_value(*COLUMNS('^.+_canonical$')) AS canonicals
    FROM (
        SELECT * FROM read_parquet($manifests, union_by_name = true, filename = true)
        UNION ALL BY NAME SELECT NULL::BOOLEAN AS hot WHERE false
    ) AS manifest
    JOIN leaked USING (unit)
    JOIN extract USING (filename)
)
SELECT extract, leaked, number, hot, company,
       list_transform(list_zip(symbols, biases, scopes, zeros, ones, canonicals), lambda mark: struct_pack(
           symbol := mark[1], p := mark[2], own := mark[3] = 1,
           zero := mark[4], one := mark[5], canonical := mark[6])) AS marks
FROM member
