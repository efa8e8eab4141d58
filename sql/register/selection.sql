-- The one predicate of count, facets and cut: rows that meet the criteria and the campaign's subject.
-- A NULL argument means "not asked"; short lists are compared in place, long ones by a hash join.
CREATE OR REPLACE TEMP MACRO selection(
    kinds, industries, forms, staff_classes, revenue_classes, regions, municipalities, postcodes,
    workstations, servers, erps, responsibilities, purchasings, levels, titles, subject,
    needs_email, needs_phone, needs_post
) AS TABLE
    SELECT *
    FROM selectable AS s
    WHERE (subject IS NULL OR ((s.responsibility | s.purchasing) & subject) <> 0)
      AND (responsibilities IS NULL OR (s.responsibility & responsibilities) <> 0)
      AND (purchasings IS NULL OR (s.purchasing & purchasings) <> 0)
      AND (levels IS NULL OR list_contains(levels, s.level))
      AND (staff_classes IS NULL OR list_contains(staff_classes, s.staff_class))
      AND (revenue_classes IS NULL OR list_contains(revenue_classes, s.revenue_class))
      AND (kinds IS NULL OR list_contains(kinds, s.kind))
      AND (forms IS NULL OR list_contains(forms, s.form))
      AND (regions IS NULL OR list_contains(regions, s.region))
      AND (municipalities IS NULL OR s.municipality IN (SELECT unnest(municipalities)))
      AND (industries IS NULL OR s.industry IN (SELECT unnest(industries)))
      AND (postcodes IS NULL OR s.postcode IN (SELECT unnest(postcodes)))
      AND (titles IS NULL OR s.title IN (SELECT unnest(titles)))
      AND (workstations IS NULL OR s.it_workstations >= workstations)
      AND (servers IS NULL OR s.it_servers >= servers)
      AND (erps IS NULL OR list_contains(erps, s.it_erp))
      AND (needs_email IS NULL OR s.has_email)
      AND (needs_phone IS NULL OR s.has_phone)
      AND (needs_post IS NULL OR s.has_post)
