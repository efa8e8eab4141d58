-- The pool of a limited order: $size eligible rows by this campaign's draw.
CREATE OR REPLACE TEMP TABLE pool AS
SELECT position, person, org, nonce
FROM eligible
ORDER BY md5_number($draw || nonce::VARCHAR), position
LIMIT $size
