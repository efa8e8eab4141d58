-- One row per position of several rows, each field group from its winner, with the winner's load and date.
CREATE TEMP VIEW position_merged AS
SELECT
    u.position, u.person, u.org, t.title, r.responsibilities, r.purchasing, r.level, e.email, m.mobile,
    p.postal_street, p.postal_postcode, p.postal_city, r.started, r.verified, r.notified, b.source, b.source_id,
    b.load AS name_load, b.source_date AS name_date, t.load AS title_load, r.load AS responsibility_load,
    e.load AS email_load, m.load AS mobile_load, p.load AS postal_load,
    t.source_date AS title_date, r.source_date AS responsibility_date, e.source_date AS email_date,
    m.source_date AS mobile_date, p.source_date AS postal_date, c.obtained
FROM position_choice AS c
JOIN position_of AS u ON u.unit = c.unit
JOIN position_pick AS b ON b.unit = c.unit AND b.rank = 1
LEFT JOIN position_pick AS t ON t.unit = c.unit AND t.rank = c.title
LEFT JOIN position_pick AS r ON r.unit = c.unit AND r.rank = c.responsibility
LEFT JOIN position_pick AS e ON e.unit = c.unit AND e.rank = c.email
LEFT JOIN position_pick AS m ON m.unit = c.unit AND m.rank = c.mobile
LEFT JOIN position_pick AS p ON p.unit = c.unit AND p.rank = c.postal
