SELECT k.ban, 'organisation' AS target, o.org::BIGINT AS id
FROM organisation AS o
JOIN suppression_key AS k ON k.kind = 'organisation'
    AND k.key = hmac_hex($inner, $outer, encode('organisation:' || o.business_id))
