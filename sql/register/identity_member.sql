CREATE TEMP TABLE member AS
SELECT r.rid, coalesce(c.label, r.rid) AS label FROM position_row AS r LEFT JOIN component AS c ON c.rid = r.rid
