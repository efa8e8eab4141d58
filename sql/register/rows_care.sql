-- What the register knows of matched rows: organisation, and the position where one was matched, each group of cells with
-- its source and date. What was corrected has no load: the controller is its source (R060). deliverable: the position may
-- be told of at all: verified lately, notified in time, of no quarantined source (R008, R011, R096).
SELECT
    w.row, o.org, o.business_id, o.name, o.name_fold AS organisation_fold, o.ceased, o.sole_trader,
    o.visiting_street, o.visiting_postcode, o.visiting_city, o.postal_street, o.postal_postcode, o.postal_city,
    o.phone, o.website, o.industry, o.industry_version, o.staff_class::VARCHAR AS staff_class,
    coalesce(nl.source, $controller) AS name_source, o.name_date,
    coalesce(vl.source, $controller) AS visiting_source, o.visiting_date,
    coalesce(ol.source, $controller) AS postal_source, o.postal_date,
    coalesce(hl.source, $controller) AS phone_source, o.phone_date,
    coalesce(bl.source, $controller) AS website_source, o.web_date AS website_date,
    p.position, p.person, n.name_fold AS person_fold, p.title, p.email, p.mobile,
    coalesce(tl.source, $controller) AS title_source, p.title_date,
    coalesce(el.source, $controller) AS email_source, p.email_date,
    coalesce(ml.source, $controller) AS mobile_source, p.mobile_date,
    s.position IS NOT NULL AS deliverable
FROM wanted AS w
JOIN organisation AS o ON o.org = w.org
LEFT JOIN position AS p ON p.position = w.position
LEFT JOIN person AS n ON n.person = p.person
LEFT JOIN (
    SELECT s.position
    FROM selectable AS s
    ANTI JOIN voided_notice AS v ON v.person = s.person AND v.told_on = s.notified
    WHERE s.verified >= $verified_since AND s.notified <= $notified_by
      AND s.load_set NOT IN (
          SELECT x.load_set FROM load_set AS x JOIN load AS l ON l.load = x.load WHERE list_contains($quarantined, l.source))
) AS s ON s.position = p.position
LEFT JOIN load AS nl ON nl.load = o.name_load
LEFT JOIN load AS vl ON vl.load = o.visiting_load
LEFT JOIN load AS ol ON ol.load = o.postal_load
LEFT JOIN load AS hl ON hl.load = o.phone_load
LEFT JOIN load AS bl ON bl.load = o.web_load
LEFT JOIN load AS tl ON tl.load = p.title_load
LEFT JOIN load AS el ON el.load = p.email_load
LEFT JOIN load AS ml ON ml.load = p.mobile_load
ORDER BY w.row
