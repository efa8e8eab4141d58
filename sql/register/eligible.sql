-- Rows that may be delivered, before any limit.
CREATE OR REPLACE TEMP VIEW eligible AS
SELECT position, person, org, nonce, region, industry FROM judged WHERE fate = 0
