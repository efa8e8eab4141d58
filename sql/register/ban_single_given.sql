-- Persons somebody decided about, as one request each.
CREATE OR REPLACE TEMP TABLE ban_single AS
SELECT person AS n, person FROM single
