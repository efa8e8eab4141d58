-- Everything known of a person's positions, with source, its date and the day it was obtained for every field group.
SELECT
    p.position, p.title, p.responsibilities, p.purchasing, p.level, p.email, p.mobile, p.postal_street, p.postal_postcode,
    p.postal_city, p.started, p.verified, p.notified, p.source_id,
    o.name AS organisation_name, o.business_id, o.sole_trader,
    nl.source AS name_source, p.name_date, nl.obtained_on AS name_obtained,
    tl.source AS title_source, p.title_date, tl.obtained_on AS title_obtained,
    rl.source AS responsibility_source, p.responsibility_date, rl.obtained_on AS responsibility_obtained,
    el.source AS email_source, p.email_date, el.obtained_on AS email_obtained,
    ml.source AS mobile_source, p.mobile_date, ml.obtained_on AS mobile_obtained,
    pl.source AS postal_source, p.postal_date, pl.obtained_on AS postal_obtained,
    p.source AS position_source
FROM position AS p
JOIN organisation AS o ON o.org = p.org
LEFT JOIN load AS nl ON nl.load = p.name_load
LEFT JOIN load AS tl ON tl.load = p.title_load
LEFT JOIN load AS rl ON rl.load = p.responsibility_load
LEFT JOIN load AS el ON el.load = p.email_load
LEFT JOIN load AS ml ON ml.load = p.mobile_load
LEFT JOIN load AS pl ON pl.load = p.postal_load
WHERE p.person = $person
ORDER BY p.started NULLS LAST, o.name, p.position
