-- The pool of an order without a limit: every eligible row.
CREATE OR REPLACE TEMP TABLE pool AS
SELECT position, person, org, nonce FROM eligible
