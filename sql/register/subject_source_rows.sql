-- Rows of the stored source files that speak of one person: the row that a position came from, and rows of the same name
-- that share an organisation, e-mail or mobile. A row is left out when its e-mail and mobile both speak of somebody else,
-- and, with $homonym, unless one of them speaks for this person. The name is joined first and alone, so that the files
-- are read by that column and the others only where it fits.
SELECT
    regexp_extract(r.filename, '[^/]+$') AS file, r.source_id, r.business_id, r.first_name, r.last_name, r.title,
    r.responsibilities, r.purchasing, r.level, r.email, r.mobile, r.postal_street, r.postal_postcode, r.postal_city,
    r.started, r.verified, r.notified, r.source_date
FROM read_parquet($files::VARCHAR[], filename = true) AS r
SEMI JOIN (SELECT unnest($folds::VARCHAR[]) AS fold) AS f ON f.fold = r.name_fold
WHERE list_contains($emails::VARCHAR[], r.email)
   OR list_contains($mobiles::VARCHAR[], r.mobile)
   OR (list_contains($business_ids::VARCHAR[], r.business_id)
       AND (list_contains($source_ids::VARCHAR[], r.source_id)
            OR (NOT $homonym AND (r.email IS NULL OR r.mobile IS NULL))))
ORDER BY file, r.source_id
