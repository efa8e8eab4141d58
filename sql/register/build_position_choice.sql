-- Which rank gives each field group.
CREATE TEMP TABLE position_choice AS
SELECT
    unit,
    min(rank) FILTER (title IS NOT NULL) AS title,
    min(rank) FILTER (len(responsibilities) > 0 OR len(purchasing) > 0 OR level IS NOT NULL) AS responsibility,
    min(rank) FILTER (email IS NOT NULL) AS email,
    min(rank) FILTER (mobile IS NOT NULL) AS mobile,
    min(rank) FILTER (postal_street IS NOT NULL OR postal_postcode IS NOT NULL OR postal_city IS NOT NULL) AS postal,
    min(obtained) AS obtained
FROM position_pick
GROUP BY unit
