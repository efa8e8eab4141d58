SELECT DISTINCT k.ban, k.grade, 'person' AS target, n.person::BIGINT AS id, NULL::VARCHAR AS channel
FROM suppressed_name AS n
JOIN (SELECT DISTINCT p.person, o.name_fold FROM position AS p JOIN organisation AS o ON o.org = p.org) AS p ON p.person = n.person
JOIN suppression_key AS k ON k.kind = 'name_orgname' AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode('name_orgname:' || n.tokens || '|' || p.name_fold)))
