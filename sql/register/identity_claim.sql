-- Which group of rows continues which former person.
CREATE TEMP TABLE claim AS
SELECT DISTINCT m.label, k.person FROM kept AS k JOIN member AS m ON m.rid = k.rid
