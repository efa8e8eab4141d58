-- How many cells of the rows have a key banned with this suppression key. A kind of key that no ban has is not computed.
WITH cell AS (
    SELECT email, mobile, organisation_phone, business_id, organisation_fold, name_tokens(name_fold) AS tokens
    FROM gate_cells
), message AS (
    SELECT 'email' AS kind, 'email:' || email AS message FROM cell WHERE list_contains($kinds, 'email')
    UNION ALL
    SELECT 'phone', 'phone:' || mobile FROM cell WHERE list_contains($kinds, 'phone')
    UNION ALL
    SELECT DISTINCT 'phone', 'phone:' || organisation_phone FROM cell WHERE list_contains($kinds, 'phone')
    UNION ALL
    SELECT 'name_org', 'name_org:' || tokens || '|' || business_id FROM cell WHERE list_contains($kinds, 'name_org')
    UNION ALL
    SELECT 'name_orgname', 'name_orgname:' || tokens || '|' || organisation_fold
    FROM cell WHERE list_contains($kinds, 'name_orgname')
    UNION ALL
    SELECT DISTINCT 'organisation', 'organisation:' || business_id FROM cell WHERE list_contains($kinds, 'organisation')
)
SELECT count(*)
FROM message AS m
SEMI JOIN gate_ban_keys AS k ON k.kind = m.kind AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode(m.message)))
