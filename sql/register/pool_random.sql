-- The pool of a limited order: $size eligible rows by this campaign's draw.
CREATE OR REPLACE TEMP TABLE pool AS
SELECT position, person, org, nonce
FROM eligible
ORDER BY lot($draw, nonce), position
LIMIT $size
