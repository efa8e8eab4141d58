-- Manifest tokens (first 16 bytes of the HMAC of the nonce) of the given register ids.
SELECT 'person' AS kind, unhex(substr(hmac_hex($link_inner, $link_outer, nonce::VARCHAR::BLOB), 1, 32)) AS token
FROM person WHERE person IN (SELECT unnest($persons::INTEGER[]))
UNION ALL
SELECT 'unit', unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM position WHERE position IN (SELECT unnest($positions::INTEGER[]))
UNION ALL
SELECT 'company', unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM organisation WHERE org IN (SELECT unnest($organisations::INTEGER[]))
