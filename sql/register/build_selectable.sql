INSERT INTO selectable BY NAME
SELECT
    p.position, p.person, p.org, p.kind, p.industry, p.form, p.staff_class, p.revenue_class, p.region, p.municipality,
    p.postcode, p.it_workstations, p.it_servers, p.it_erp, p.has_website, p.has_parallel_name,
    coalesce(list_bit_or(list_transform(
        p.responsibilities, lambda code: 1 << (list_position($codes::VARCHAR[], code) - 1)
    )), 0)::UINTEGER AS responsibility,
    coalesce(list_bit_or(list_transform(
        p.purchasing, lambda code: 1 << (list_position($codes::VARCHAR[], code) - 1)
    )), 0)::UINTEGER AS purchasing,
    p.level, f.title, p.email IS NOT NULL AS has_email,
    p.mobile IS NOT NULL OR p.has_phone AS has_phone,
    p.postal_postcode IS NOT NULL OR p.has_post AS has_post,
    p.verified,
    least(if(coalesce(p.notified >= w.told_since, true), p.notified, NULL), t.told_on) AS notified,
    l.load_set, p.nonce,
    n.link AS person_link, h.link AS site_link, digest64(p.email) AS email
FROM deliverable AS p
JOIN stamp_set AS l ON l.stamp = p.stamp
JOIN person_link AS n ON n.person = p.person
JOIN site_link AS h ON h.org = p.org AND h.place = p.place
CROSS JOIN notice_rule AS w
LEFT JOIN notice_state AS t ON t.person = p.person
LEFT JOIN title_fold AS f ON f.text = p.title AND f.title > 0
ORDER BY p.org, p.position
