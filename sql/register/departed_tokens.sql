-- The manifest tokens of ids that leave the register.
CREATE TEMP TABLE token AS
SELECT kind, person, position, organisation, source,
       unhex(substr(CASE kind WHEN 'person' THEN hmac_hex($link_inner, $link_outer, encode(nonce))
                              ELSE hmac_hex($inner, $outer, encode(nonce)) END, 1, 32)) AS token
FROM departed
