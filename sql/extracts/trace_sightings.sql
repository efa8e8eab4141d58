-- Each suspect line with the unit that agrees with it best; several units in a tie.
CREATE TEMP TABLE sighting AS
WITH found AS (
    SELECT line, unit, kind FROM suspect_key JOIN candidate ON kind = 8 AND email = key
    UNION SELECT line, unit, kind FROM suspect_key JOIN candidate ON kind = 4 AND mobile = key
    UNION SELECT line, unit, kind FROM suspect_key JOIN candidate ON kind = 2 AND name_org = key
    UNION SELECT line, unit, kind FROM suspect_key JOIN candidate ON kind = 1 AND name_orgname = key
),
agreement AS (
    SELECT line, unit, sum(kind) AS agreement FROM found GROUP BY line, unit
),
best AS (
    SELECT line, unit FROM agreement QUALIFY agreement = max(agreement) OVER (PARTITION BY line)
)
SELECT line, unit, count(*) OVER (PARTITION BY line) > 1 AS tied FROM best
