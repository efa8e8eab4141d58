-- The selected rows without the organisations that one of the negative lists names; what is unknown is not named.
CREATE OR REPLACE TEMP VIEW selection AS
SELECT *
FROM meeting AS s
WHERE (getvariable('asked').not_kinds IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_kinds, s.kind), false))
  AND (getvariable('asked').not_forms IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_forms, s.form), false))
  AND (getvariable('asked').not_staff_classes IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_staff_classes, s.staff_class), false))
  AND (getvariable('asked').not_revenue_classes IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_revenue_classes, s.revenue_class), false))
  AND (getvariable('asked').not_regions IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_regions, s.region), false))
  AND (getvariable('asked').not_erps IS NULL
       OR NOT coalesce(list_contains(getvariable('asked').not_erps, s.it_erp), false))
  AND (getvariable('asked').not_municipalities IS NULL
       OR NOT coalesce(s.municipality IN (SELECT code FROM asked_code WHERE list = 'not_municipalities'), false))
  AND (getvariable('asked').not_industries IS NULL
       OR NOT coalesce(s.industry IN (SELECT code FROM asked_code WHERE list = 'not_industries'), false))
  AND (getvariable('asked').not_postcodes IS NULL
       OR NOT coalesce(s.postcode IN (SELECT code FROM asked_code WHERE list = 'not_postcodes'), false))
