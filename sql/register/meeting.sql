-- Rows that meet the criteria and the campaign's subject: the one predicate of count, facets and cut. Short lists are
-- compared in place, long ones by a hash join.
CREATE OR REPLACE TEMP VIEW meeting AS
SELECT *
FROM selectable AS s
WHERE (getvariable('asked').subject IS NULL OR ((s.responsibility | s.purchasing) & getvariable('asked').subject) <> 0)
  AND (getvariable('asked').responsibilities IS NULL OR (s.responsibility & getvariable('asked').responsibilities) <> 0)
  AND (getvariable('asked').purchasings IS NULL OR (s.purchasing & getvariable('asked').purchasings) <> 0)
  AND (getvariable('asked').levels IS NULL OR list_contains(getvariable('asked').levels, s.level))
  AND (getvariable('asked').staff_classes IS NULL OR list_contains(getvariable('asked').staff_classes, s.staff_class))
  AND (getvariable('asked').revenue_classes IS NULL
       OR list_contains(getvariable('asked').revenue_classes, s.revenue_class))
  AND (getvariable('asked').kinds IS NULL OR list_contains(getvariable('asked').kinds, s.kind))
  AND (getvariable('asked').forms IS NULL OR list_contains(getvariable('asked').forms, s.form))
  AND (getvariable('asked').regions IS NULL OR list_contains(getvariable('asked').regions, s.region))
  AND (getvariable('asked').municipalities IS NULL
       OR s.municipality IN (SELECT code FROM asked_code WHERE list = 'municipalities'))
  AND (getvariable('asked').industries IS NULL OR s.industry IN (SELECT code FROM asked_code WHERE list = 'industries'))
  AND (getvariable('asked').postcodes IS NULL OR s.postcode IN (SELECT code FROM asked_code WHERE list = 'postcodes'))
  AND (getvariable('asked').titles IS NULL OR s.title IN (SELECT code FROM asked_code WHERE list = 'titles'))
  AND (getvariable('asked').workstations_min IS NULL OR s.it_workstations >= getvariable('asked').workstations_min)
  AND (getvariable('asked').workstations_max IS NULL OR s.it_workstations <= getvariable('asked').workstations_max)
  AND (getvariable('asked').servers_min IS NULL OR s.it_servers >= getvariable('asked').servers_min)
  AND (getvariable('asked').servers_max IS NULL OR s.it_servers <= getvariable('asked').servers_max)
  AND (getvariable('asked').erps IS NULL OR list_contains(getvariable('asked').erps, s.it_erp))
  AND (getvariable('asked').website IS NULL OR s.has_website = getvariable('asked').website)
  AND (getvariable('asked').parallel_name IS NULL OR s.has_parallel_name = getvariable('asked').parallel_name)
  AND (getvariable('asked').verified_since IS NULL OR s.verified >= getvariable('asked').verified_since)
  AND (getvariable('asked').needs_email IS NULL OR s.has_email)
  AND (getvariable('asked').needs_phone IS NULL OR s.has_phone)
  AND (getvariable('asked').needs_post IS NULL OR s.has_post)
  AND (getvariable('asked').any_email IS NULL
       OR (getvariable('asked').any_email AND s.has_email)
       OR (getvariable('asked').any_phone AND s.has_phone)
       OR (getvariable('asked').any_post AND s.has_post))
