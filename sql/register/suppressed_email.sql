SELECT k.ban, 'person' AS target, p.person::BIGINT AS id
FROM (SELECT DISTINCT person, email FROM position WHERE email IS NOT NULL) AS p
JOIN suppression_key AS k ON k.kind = 'email' AND k.key = hmac_hex($inner, $outer, encode('email:' || p.email))
