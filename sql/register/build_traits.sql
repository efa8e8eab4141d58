-- A living organisation as the count sees it; the stamp stands for the loads behind it.
CREATE TEMP TABLE traits AS
SELECT
    o.org, o.kind, i.industry, f.form, o.staff_class, o.revenue_class,
    o.region::UTINYINT AS region, try_cast(o.municipality AS SMALLINT) AS municipality,
    o.visiting_postcode, o.postal_postcode AS organisation_postcode,
    try_cast(coalesce(o.visiting_postcode, o.postal_postcode) AS INTEGER) AS postcode,
    o.it_workstations, o.it_servers, e.erp AS it_erp,
    o.website IS NOT NULL AS has_website, len(o.parallel_names) > 0 AS has_parallel_name,
    o.phone IS NOT NULL AS has_phone, o.postal_postcode IS NOT NULL AS has_post,
    hash(o.name_load, o.industry_load, o.size_load, o.visiting_load, o.postal_load, o.phone_load, o.web_load, o.it_load)
        AS stamp
FROM organisation AS o
LEFT JOIN industry AS i ON i.code = o.industry AND i.version IS NOT DISTINCT FROM o.industry_version
LEFT JOIN form AS f ON f.code = o.form
LEFT JOIN erp_fold AS e ON e.text = o.it_erp
WHERE NOT o.ceased
