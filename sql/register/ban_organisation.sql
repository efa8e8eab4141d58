-- Organisations that the ban requests name: by business id, or by any of their names; where no name is equal, by the name
-- without the word for the company form (somebody who bans says "Esimerkki", not "Esimerkki Oy").
CREATE OR REPLACE TEMP TABLE ban_organisation AS
WITH asked AS (
    SELECT n, org_name, org_fold, organisation_core(org_fold) AS core FROM ban_request WHERE org_fold IS NOT NULL AND org IS NULL
), name AS (
    SELECT org, name_fold AS fold, NULL AS lower FROM organisation WHERE EXISTS (FROM asked)
    UNION ALL
    SELECT org, NULL, lower(unnest(coalesce(parallel_names, []) || coalesce(auxiliary_names, []) || coalesce(former_names, [])))
    FROM organisation WHERE EXISTS (FROM asked)
), equal AS (
    SELECT a.n, o.org FROM asked AS a JOIN name AS o ON o.fold = a.org_fold
    UNION
    SELECT a.n, o.org FROM asked AS a JOIN name AS o ON o.lower = a.org_name
), loose AS (
    SELECT DISTINCT a.n, o.org
    FROM (FROM asked ANTI JOIN equal USING (n)) AS a
    JOIN name AS o ON organisation_core(o.fold) = a.core AND a.core <> ''
)
SELECT n, org FROM ban_request WHERE org IS NOT NULL
UNION SELECT n, org FROM equal
UNION SELECT n, org FROM loose
