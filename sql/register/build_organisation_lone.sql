-- Organisations known from one source alone: nothing to merge.
CREATE TEMP TABLE organisation_lone AS
SELECT org, min(rid) AS rid FROM organisation_row GROUP BY org HAVING count(*) = 1
