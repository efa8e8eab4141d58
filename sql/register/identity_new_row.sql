CREATE TEMP TABLE new_row AS
SELECT r.rid, r.org, r.first, r.name, r.email, r.mobile FROM position_row AS r ANTI JOIN kept AS k ON k.rid = r.rid
