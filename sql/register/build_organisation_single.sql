CREATE TEMP VIEW organisation_single AS
SELECT
    i.org, i.business_id, i.kind, i.name, i.parallel_names, i.auxiliary_names, i.former_names, i.form,
    i.industry, CASE WHEN i.industry IS NOT NULL THEN i.industry_version END AS industry_version, i.staff_class, i.revenue_class,
    i.visiting_street, i.visiting_postcode, i.visiting_city, i.postal_street, i.postal_postcode, i.postal_city,
    i.municipality, i.phone, i.fax, i.website, i.it_workstations, i.it_servers, i.it_erp,
    coalesce(i.ceased, false) AS ceased, coalesce(i.sole_trader, false) AS sole_trader,
    i.load AS name_load,
    CASE WHEN i.industry IS NOT NULL THEN i.load END AS industry_load,
    CASE WHEN coalesce(i.staff_class, i.revenue_class) IS NOT NULL THEN i.load END AS size_load,
    CASE WHEN coalesce(i.visiting_street, i.visiting_postcode, i.visiting_city, i.municipality) IS NOT NULL
         THEN i.load END AS visiting_load,
    CASE WHEN coalesce(i.postal_street, i.postal_postcode, i.postal_city) IS NOT NULL THEN i.load END AS postal_load,
    CASE WHEN coalesce(i.phone, i.fax) IS NOT NULL THEN i.load END AS phone_load,
    CASE WHEN i.website IS NOT NULL THEN i.load END AS web_load,
    CASE WHEN coalesce(i.it_workstations, i.it_servers) IS NOT NULL OR i.it_erp IS NOT NULL THEN i.load END AS it_load,
    i.source_date AS name_date,
    CASE WHEN industry_load IS NOT NULL THEN i.source_date END AS industry_date,
    CASE WHEN size_load IS NOT NULL THEN i.source_date END AS size_date,
    CASE WHEN visiting_load IS NOT NULL THEN i.source_date END AS visiting_date,
    CASE WHEN postal_load IS NOT NULL THEN i.source_date END AS postal_date,
    CASE WHEN phone_load IS NOT NULL THEN i.source_date END AS phone_date,
    CASE WHEN web_load IS NOT NULL THEN i.source_date END AS web_date,
    CASE WHEN it_load IS NOT NULL THEN i.source_date END AS it_date
FROM organisation_input AS i
SEMI JOIN organisation_lone AS l ON l.rid = i.rid
