SELECT k.ban, k.grade, 'organisation' AS target, o.org::BIGINT AS id, NULL::VARCHAR AS channel
FROM organisation AS o
JOIN suppression_key AS k ON k.kind = 'organisation' AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode('organisation:' || o.business_id)))
