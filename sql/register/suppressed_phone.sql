-- A banned number may be an organisation's own: a sole trader's (R010), or a switchboard, of whose users any may have
-- spoken. Where only the number is out, it is out with the positions and organisations that have it (T05).
WITH phone AS (
    SELECT 'person' AS target, person::BIGINT AS id, position::BIGINT AS position, mobile AS phone
    FROM position WHERE mobile IS NOT NULL
    UNION ALL
    SELECT 'organisation', org, NULL, phone FROM organisation WHERE phone IS NOT NULL
), keyed AS (
    SELECT phone, unhex(hmac_hex($inner, $outer, encode('phone:' || phone))) AS key FROM (SELECT DISTINCT phone FROM phone)
), hit AS (
    SELECT k.ban, k.grade, p.target, p.id, p.position
    FROM keyed JOIN suppression_key AS k ON k.kind = 'phone' AND k.key = keyed.key AND k.key_id = $key_id
    JOIN phone AS p ON p.phone = keyed.phone
)
SELECT DISTINCT ban, grade, target, id, NULL::VARCHAR AS channel FROM hit WHERE grade <> 'address'
UNION ALL
SELECT DISTINCT ban, grade, 'position', position, 'phone' FROM hit
WHERE target = 'person' AND grade IN ('shared', 'address')
UNION ALL
SELECT DISTINCT ban, grade, 'organisation', id, 'phone' FROM hit WHERE target = 'organisation' AND grade = 'address'
