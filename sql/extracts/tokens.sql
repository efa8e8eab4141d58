-- Each unit's ban token in this extract (R040): the extract's tag, then 96 bits under the extract's own key.
SELECT unhex($tag || substr(hmac_hex($inner, $outer, encode(unit)), 1, 24)) AS token
FROM gate_units
ORDER BY place
