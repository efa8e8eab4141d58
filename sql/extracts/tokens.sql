-- Each unit's ban token in this extract (R040); the key is the extract's own.
SELECT unhex(substr(hmac_hex($inner, $outer, encode(unit)), 1, 32)) AS token
FROM gate_units
ORDER BY place
