-- Tokens of the positions that nothing but these loads says anything about.
SELECT 'position' AS target, position AS id, 'unit' AS kind, position,
       unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32)) AS token
FROM position
WHERE list_has_all($loads::INTEGER[], list_filter(
    [name_load, title_load, responsibility_load, email_load, mobile_load, postal_load], lambda load: load IS NOT NULL
))
