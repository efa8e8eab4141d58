-- The description each manifest carries in its own footer.
SELECT file_name AS filename, decode(value) AS description
FROM parquet_kv_metadata($manifests)
WHERE decode(key) = 'rajaus'
