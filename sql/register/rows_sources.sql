-- Where each group of cells of the wanted positions is from and as of which day. What was corrected at the person's or our
-- own instance has no load: the controller is its source (R060). A postal address is the position's own, else the
-- organisation's, as in rows_personal.
SELECT
    w.position,
    coalesce(onl.source, $controller) AS organisation_source, o.name_date AS organisation_date,
    coalesce(oil.source, $controller) AS industry_source, o.industry_date,
    coalesce(osl.source, $controller) AS size_source, o.size_date,
    coalesce(ovl.source, $controller) AS visiting_source, o.visiting_date,
    CASE WHEN p.postal_postcode IS NULL THEN coalesce(opl.source, $controller) ELSE coalesce(ppl.source, $controller)
    END AS postal_source,
    CASE WHEN p.postal_postcode IS NULL THEN o.postal_date ELSE p.postal_date END AS postal_date,
    coalesce(ohl.source, $controller) AS phone_source, o.phone_date,
    coalesce(owl.source, $controller) AS website_source, o.web_date AS website_date,
    coalesce(pnl.source, $controller) AS name_source, p.name_date,
    coalesce(ptl.source, $controller) AS title_source, p.title_date,
    coalesce(prl.source, $controller) AS responsibilities_source, p.responsibility_date AS responsibilities_date,
    coalesce(pel.source, $controller) AS email_source, p.email_date,
    coalesce(pml.source, $controller) AS mobile_source, p.mobile_date,
    p.verified AS verified_date
FROM wanted AS w
JOIN position AS p ON p.position = w.position
JOIN organisation AS o ON o.org = p.org
LEFT JOIN load AS onl ON onl.load = o.name_load
LEFT JOIN load AS oil ON oil.load = o.industry_load
LEFT JOIN load AS osl ON osl.load = o.size_load
LEFT JOIN load AS ovl ON ovl.load = o.visiting_load
LEFT JOIN load AS opl ON opl.load = o.postal_load
LEFT JOIN load AS ohl ON ohl.load = o.phone_load
LEFT JOIN load AS owl ON owl.load = o.web_load
LEFT JOIN load AS pnl ON pnl.load = p.name_load
LEFT JOIN load AS ptl ON ptl.load = p.title_load
LEFT JOIN load AS prl ON prl.load = p.responsibility_load
LEFT JOIN load AS pel ON pel.load = p.email_load
LEFT JOIN load AS pml ON pml.load = p.mobile_load
LEFT JOIN load AS ppl ON ppl.load = p.postal_load
