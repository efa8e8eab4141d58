-- Newcomers with a banned person's name, whatever else is known of them: held until somebody decides (T03).
SELECT DISTINCT k.ban, k.grade, 'person' AS target, n.person::BIGINT AS id, NULL::VARCHAR AS channel
FROM suppressed_name AS n
JOIN suppression_key AS k ON k.kind = 'name' AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode('name:' || n.tokens)))
WHERE n.person >= $since
