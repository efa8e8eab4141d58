-- The text of the wanted positions. Columns that a channel alone justifies are read only with that channel. A postal
-- address is taken whole: the position's own, else the organisation's. spare_…: what a mark may leave out.
SELECT
    w.position, p.person, p.org, w.delivered,
    p.nonce::VARCHAR AS unit, n.nonce::VARCHAR AS person_unit, o.nonce::VARCHAR AS company_unit,
    o.nonce::VARCHAR || '|' || site_place(p.postal_postcode, o.visiting_postcode, o.postal_postcode) AS site_unit,
    n.name_fold, o.name_fold AS organisation_fold,
    o.name AS organisation_name, o.business_id, o.industry, o.industry_version,
    o.staff_class::VARCHAR AS staff_class, o.revenue_class::VARCHAR AS revenue_class,
    o.visiting_street, o.visiting_postcode, o.visiting_city,
    CASE WHEN $post THEN CASE WHEN p.postal_postcode IS NULL THEN o.postal_street ELSE p.postal_street END
    END AS postal_street,
    CASE WHEN $post THEN coalesce(p.postal_postcode, o.postal_postcode) END AS postal_postcode,
    CASE WHEN $post THEN CASE WHEN p.postal_postcode IS NULL THEN o.postal_city ELSE p.postal_city END
    END AS postal_city,
    CASE WHEN $phone THEN o.phone END AS organisation_phone,
    o.website,
    n.first_name, n.last_name, p.title,
    array_to_string(p.responsibilities, ';') AS responsibilities,
    p.email, p.mobile,
    array_to_string(o.parallel_names, chr(30)) AS parallel_names,
    array_to_string(list_filter(p.responsibilities, lambda area: NOT list_contains($kept, area)), ';') AS spare_areas,
    bool_and(p.mobile IS NOT NULL) OVER (PARTITION BY p.org)::UTINYINT::VARCHAR AS spare_phone,
    list_has_any(list_concat(p.responsibilities, p.purchasing), $subject) AS fits
FROM wanted AS w
JOIN position AS p ON p.position = w.position
JOIN person AS n ON n.person = p.person
JOIN organisation AS o ON o.org = p.org
