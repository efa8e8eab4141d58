-- Positions of a known, living organisation with at least one responsibility (R005, R006).
CREATE TEMP VIEW deliverable AS
SELECT p.*, t.* EXCLUDE (org, stamp), t.stamp AS organisation_stamp,
    site_place(p.postal_postcode, t.visiting_postcode, t.organisation_postcode) AS place,
    hash(t.stamp, p.name_load, p.title_load, p.responsibility_load, p.email_load, p.mobile_load, p.postal_load) AS stamp
FROM position AS p JOIN traits AS t ON t.org = p.org
WHERE len(p.responsibilities) > 0 OR len(p.purchasing) > 0
