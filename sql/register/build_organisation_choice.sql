-- Which rank gives each field group. A full visiting address beats a bare municipality. One source saying
-- "ceased" or "sole trader" is enough: both err towards not disclosing.
CREATE TEMP TABLE organisation_choice AS
SELECT
    org,
    coalesce(min(rank) FILTER (name IS NOT NULL), 1) AS name,
    min(rank) FILTER (industry IS NOT NULL) AS industry,
    min(rank) FILTER (staff_class IS NOT NULL OR revenue_class IS NOT NULL) AS size,
    coalesce(
        min(rank) FILTER (visiting_street IS NOT NULL OR visiting_postcode IS NOT NULL OR visiting_city IS NOT NULL),
        min(rank) FILTER (municipality IS NOT NULL)
    ) AS visiting,
    min(rank) FILTER (postal_street IS NOT NULL OR postal_postcode IS NOT NULL OR postal_city IS NOT NULL) AS postal,
    min(rank) FILTER (phone IS NOT NULL OR fax IS NOT NULL) AS phone,
    min(rank) FILTER (website IS NOT NULL) AS web,
    min(rank) FILTER (it_workstations IS NOT NULL OR it_servers IS NOT NULL OR it_erp IS NOT NULL) AS it,
    bool_or(coalesce(ceased, false)) AS ceased,
    bool_or(coalesce(sole_trader, false)) AS sole_trader
FROM organisation_pick
GROUP BY org
