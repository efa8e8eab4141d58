-- Selected persons whose token stands in an earlier delivery to the customer.
CREATE OR REPLACE TEMP TABLE received_person AS
SELECT DISTINCT s.person AS id
FROM selection AS s
WHERE unhex(substr(hmac_hex($inner, $outer, s.person_nonce::VARCHAR::BLOB), 1, 32)) IN (SELECT unnest($tokens::BLOB[]))
