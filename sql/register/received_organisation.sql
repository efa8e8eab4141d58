-- Selected organisations that the customer already has: named in its own file, or delivered to it earlier.
CREATE OR REPLACE TEMP TABLE received_organisation AS
SELECT o.org AS id
FROM organisation AS o
WHERE o.org IN (SELECT s.org FROM selection AS s)
  AND (o.org IN (SELECT unnest($own::INTEGER[]))
    OR unhex(substr(hmac_hex($inner, $outer, o.nonce::VARCHAR::BLOB), 1, 32)) IN (SELECT unnest($tokens::BLOB[])))
