CREATE TEMP VIEW position_single AS
SELECT
    u.position, u.person, u.org, i.title, i.responsibilities, i.purchasing, i.level, i.email, i.mobile,
    i.postal_street, i.postal_postcode, i.postal_city, i.source, i.source_id,
    i.load AS name_load, i.source_date AS name_date,
    CASE WHEN i.title IS NOT NULL THEN i.load END AS title_load,
    CASE WHEN len(i.responsibilities) > 0 OR len(i.purchasing) > 0 OR i.level IS NOT NULL THEN i.load END AS responsibility_load,
    CASE WHEN i.email IS NOT NULL THEN i.load END AS email_load,
    CASE WHEN i.mobile IS NOT NULL THEN i.load END AS mobile_load,
    CASE WHEN coalesce(i.postal_street, i.postal_postcode, i.postal_city) IS NOT NULL THEN i.load END AS postal_load,
    CASE WHEN responsibility_load IS NOT NULL THEN i.started END AS started,
    CASE WHEN responsibility_load IS NOT NULL THEN i.verified END AS verified,
    CASE WHEN responsibility_load IS NOT NULL THEN i.notified END AS notified,
    CASE WHEN title_load IS NOT NULL THEN i.source_date END AS title_date,
    CASE WHEN responsibility_load IS NOT NULL THEN i.source_date END AS responsibility_date,
    CASE WHEN email_load IS NOT NULL THEN i.source_date END AS email_date,
    CASE WHEN mobile_load IS NOT NULL THEN i.source_date END AS mobile_date,
    CASE WHEN postal_load IS NOT NULL THEN i.source_date END AS postal_date,
    i.obtained
FROM position_input AS i
JOIN position_of AS u ON u.unit = i.rid AND u.size = 1
