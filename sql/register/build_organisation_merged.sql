-- One row per organisation of several sources, each field group from its winner, with the winner's load and date.
CREATE TEMP VIEW organisation_merged AS
SELECT
    c.org, n.business_id, n.kind, n.name, n.parallel_names, n.auxiliary_names, n.former_names, n.form,
    i.industry, i.industry_version, s.staff_class, s.revenue_class,
    v.visiting_street, v.visiting_postcode, v.visiting_city, p.postal_street, p.postal_postcode, p.postal_city,
    v.municipality, t.phone, t.fax, w.website, e.it_workstations, e.it_servers, e.it_erp,
    c.ceased, c.sole_trader,
    n.load AS name_load, i.load AS industry_load, s.load AS size_load, v.load AS visiting_load,
    p.load AS postal_load, t.load AS phone_load, w.load AS web_load, e.load AS it_load,
    n.source_date AS name_date, i.source_date AS industry_date, s.source_date AS size_date, v.source_date AS visiting_date,
    p.source_date AS postal_date, t.source_date AS phone_date, w.source_date AS web_date, e.source_date AS it_date
FROM organisation_choice AS c
JOIN organisation_pick AS n ON n.org = c.org AND n.rank = c.name
LEFT JOIN organisation_pick AS i ON i.org = c.org AND i.rank = c.industry
LEFT JOIN organisation_pick AS s ON s.org = c.org AND s.rank = c.size
LEFT JOIN organisation_pick AS v ON v.org = c.org AND v.rank = c.visiting
LEFT JOIN organisation_pick AS p ON p.org = c.org AND p.rank = c.postal
LEFT JOIN organisation_pick AS t ON t.org = c.org AND t.rank = c.phone
LEFT JOIN organisation_pick AS w ON w.org = c.org AND w.rank = c.web
LEFT JOIN organisation_pick AS e ON e.org = c.org AND e.rank = c.it
