-- Those of them that were delivered in one of these manifests.
SELECT kind, token, person, position, organisation, source
FROM token
WHERE (kind = 'person' AND token IN (
          SELECT person FROM read_parquet($manifests) WHERE number IS NOT NULL AND person IS NOT NULL))
   OR (kind = 'unit' AND token IN (
          SELECT unit FROM read_parquet($manifests) WHERE number IS NOT NULL AND unit IS NOT NULL))
