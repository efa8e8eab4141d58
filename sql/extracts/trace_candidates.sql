-- Units of any manifest of which at least one blind index occurs in the suspect.
CREATE TEMP TABLE candidate AS
SELECT DISTINCT unit, email, mobile, name_org, name_orgname
FROM read_parquet($manifests, union_by_name = true)
WHERE email IN (SELECT key FROM suspect_key WHERE kind = 8)
   OR mobile IN (SELECT key FROM suspect_key WHERE kind = 4)
   OR name_org IN (SELECT key FROM suspect_key WHERE kind = 2)
   OR name_orgname IN (SELECT key FROM suspect_key WHERE kind = 1)
