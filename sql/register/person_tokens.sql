-- Manifest tokens of some persons, each once.
SELECT unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32)) AS token
FROM person WHERE person IN (SELECT person FROM asked_person)
