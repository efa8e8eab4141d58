-- The row that stands for an organisation in each source: of several, the last.
CREATE TEMP TABLE organisation_row AS
SELECT org, max(rid) AS rid FROM organisation_input GROUP BY org, source
