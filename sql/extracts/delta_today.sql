-- Each unit of the pool with its row key in this subscription and a keyed digest of everything the recipient gets of it.
WITH named AS (
    SELECT place, unit, cells, unhex(substr(hmac_hex($unit_inner, $unit_outer, encode(unit)), 1, 32)) AS token
    FROM gate_units
)
SELECT
    unhex(substr(hmac_hex($key_inner, $key_outer, token), 1, 32)) AS key,
    hmac64($state_inner, $state_outer, encode(unit || chr(30) || cells)) AS digest
FROM named
ORDER BY place
