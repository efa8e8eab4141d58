-- Rows that may be delivered, before any limit, where the organisations were capped.
CREATE OR REPLACE TEMP VIEW eligible AS
SELECT position, person, org, nonce, region, industry FROM preferred
