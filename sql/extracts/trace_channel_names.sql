-- The manifests' channels, in the order in which every statement lists them.
DESCRIBE SELECT COLUMNS('^.+_symbol$') FROM read_parquet($manifests, union_by_name = true)
