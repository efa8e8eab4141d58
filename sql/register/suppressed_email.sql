-- Who has a banned address: the person, unless only the address is out; and the positions it would leave through (T05).
WITH keyed AS (
    SELECT email, unhex(hmac_hex($inner, $outer, encode('email:' || email))) AS key
    FROM (SELECT DISTINCT email FROM position WHERE email IS NOT NULL)
), hit AS (
    SELECT k.ban, k.grade, p.person, p.position
    FROM keyed JOIN suppression_key AS k ON k.kind = 'email' AND k.key = keyed.key AND k.key_id = $key_id
    JOIN position AS p ON p.email = keyed.email
)
SELECT DISTINCT ban, grade, 'person' AS target, person::BIGINT AS id, NULL::VARCHAR AS channel FROM hit WHERE grade <> 'address'
UNION ALL
SELECT DISTINCT ban, grade, 'position', position, 'email' FROM hit WHERE grade IN ('shared', 'address')
