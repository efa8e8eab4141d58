-- Row keys of units given by their tokens, in order.
SELECT unhex(substr(hmac_hex($key_inner, $key_outer, token), 1, 32)) AS key
FROM gate_tokens
ORDER BY place
