-- The name each organisation will go by.
CREATE TEMP TABLE organisation_name AS
SELECT org, name FROM organisation_single UNION ALL SELECT org, name FROM organisation_merged
