-- A banned number may be an organisation's own: a sole trader's (R010), or a switchboard, which leaves with nobody.
SELECT DISTINCT k.ban, p.target, p.id
FROM (
    SELECT 'person' AS target, person::BIGINT AS id, mobile AS phone FROM position WHERE mobile IS NOT NULL
    UNION
    SELECT 'organisation', org, phone FROM organisation WHERE phone IS NOT NULL
) AS p
JOIN suppression_key AS k ON k.kind = 'phone' AND k.key = hmac_hex($inner, $outer, encode('phone:' || p.phone))
