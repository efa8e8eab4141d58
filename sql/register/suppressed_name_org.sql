SELECT DISTINCT k.ban, k.grade, 'person' AS target, n.person::BIGINT AS id, NULL::VARCHAR AS channel
FROM suppressed_name AS n
JOIN (SELECT DISTINCT person, org FROM position) AS p ON p.person = n.person
JOIN suppression_key AS k ON k.kind = 'name_org' AND k.key_id = $key_id AND k.key = unhex(hmac_hex($inner, $outer,
    encode('name_org:' || n.tokens || '|' || lpad((p.org // 10)::VARCHAR, 7, '0') || '-' || (p.org % 10))))
