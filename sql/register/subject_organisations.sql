-- A sole trader's organisation is the person himself (R010): what is known of it, with source and dates.
SELECT DISTINCT
    o.business_id, o.name, o.parallel_names, o.auxiliary_names, o.former_names, o.form, o.industry, o.industry_version,
    o.staff_class, o.revenue_class, o.visiting_street, o.visiting_postcode, o.visiting_city, o.postal_street,
    o.postal_postcode, o.postal_city, o.municipality, o.phone, o.fax, o.website, o.it_workstations, o.it_servers, o.it_erp,
    o.ceased,
    nl.source AS name_source, o.name_date, nl.obtained_on AS name_obtained,
    il.source AS industry_source, o.industry_date, il.obtained_on AS industry_obtained,
    sl.source AS size_source, o.size_date, sl.obtained_on AS size_obtained,
    vl.source AS visiting_source, o.visiting_date, vl.obtained_on AS visiting_obtained,
    ol.source AS postal_source, o.postal_date, ol.obtained_on AS postal_obtained,
    hl.source AS phone_source, o.phone_date, hl.obtained_on AS phone_obtained,
    wl.source AS web_source, o.web_date, wl.obtained_on AS web_obtained,
    tl.source AS it_source, o.it_date, tl.obtained_on AS it_obtained
FROM position AS p
JOIN organisation AS o ON o.org = p.org AND o.sole_trader
LEFT JOIN load AS nl ON nl.load = o.name_load
LEFT JOIN load AS il ON il.load = o.industry_load
LEFT JOIN load AS sl ON sl.load = o.size_load
LEFT JOIN load AS vl ON vl.load = o.visiting_load
LEFT JOIN load AS ol ON ol.load = o.postal_load
LEFT JOIN load AS hl ON hl.load = o.phone_load
LEFT JOIN load AS wl ON wl.load = o.web_load
LEFT JOIN load AS tl ON tl.load = o.it_load
WHERE p.person = $person
ORDER BY o.business_id
