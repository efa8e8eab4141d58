-- Rows of the stored source files that speak of one person: the row that a position came from, and rows of the same name
-- that share an organisation, e-mail or mobile. A row is left out when its e-mail and mobile both speak of somebody else,
-- and, with $homonym, unless one of them speaks for this person.
SELECT
    regexp_extract(r.filename, '[^/]+$') AS file, r.source_id, r.business_id, r.first_name, r.last_name, r.title,
    r.responsibilities, r.purchasing, r.level, r.email, r.mobile, r.postal_street, r.postal_postcode, r.postal_city,
    r.started, r.verified, r.notified, r.source_date
FROM read_parquet($files::VARCHAR[], filename = true) AS r
WHERE (r.name_fold IN (SELECT unnest($folds::VARCHAR[])) AND (
          r.email IN (SELECT unnest($emails::VARCHAR[]))
          OR r.mobile IN (SELECT unnest($mobiles::VARCHAR[]))
          OR (r.business_id IN (SELECT unnest($business_ids::VARCHAR[]))
              AND NOT $homonym
              AND (r.email IS NULL OR r.mobile IS NULL))))
   OR (r.name_fold IN (SELECT unnest($folds::VARCHAR[]))
       AND r.source_id IN (SELECT unnest($source_ids::VARCHAR[]))
       AND r.business_id IN (SELECT unnest($business_ids::VARCHAR[])))
ORDER BY file, r.source_id
