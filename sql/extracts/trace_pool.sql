-- Every pool's leaked units. Per channel (in the manifests' order) the symbol read from the suspect:
-- 0 or 1, -1 when it was erased, null when it is unknown; the unit's own symbol, its bias and its scope.
CREATE TEMP TABLE pool AS
WITH member AS (
    SELECT extract.extract, leaked.leaked, number, cells,
           list_value(*COLUMNS('^.+_symbol$')) AS symbols, list_value(*COLUMNS('^.+_p$')) AS biases,
           list_value(*COLUMNS('^.+_scope$')) AS scopes, list_value(*COLUMNS('^.+_alt0$')) AS zeros,
           list_value(*COLUMNS('^.+_alt1$')) AS ones, list_value(*COLUMNS('^.+_canonical$')) AS canonicals
    FROM read_parquet($manifests, union_by_name = true, filename = true) AS manifest
    JOIN leaked USING (unit)
    JOIN extract USING (filename)
)
SELECT extract, leaked, number,
       list_transform(list_zip(symbols, biases, scopes, zeros, ones, canonicals), lambda mark: struct_pack(
           symbol := mark[1], p := mark[2], own := mark[3] = 1,
           seen := CASE
               WHEN mark[4] IS NULL THEN NULL
               WHEN list_contains(cells, mark[4]) AND list_contains(cells, mark[5]) THEN -1
               WHEN list_contains(cells, mark[4]) THEN 0
               WHEN list_contains(cells, mark[5]) THEN 1
               WHEN list_contains(cells, mark[6]) THEN -1
           END)) AS marks
FROM member
