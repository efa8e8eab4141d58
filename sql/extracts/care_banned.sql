-- Rows of which a cell, the customer's or the register's, carries a banned key; whole: it is the organisation's.
WITH cell AS (
    SELECT row, email, mobile, organisation_phone, business_id, organisation_fold, name_tokens(name_fold) AS tokens
    FROM care_cells
), message AS (
    SELECT row, 'email' AS kind, 'email:' || email AS message, false AS whole FROM cell
    UNION ALL
    SELECT row, 'phone', 'phone:' || mobile, false FROM cell
    UNION ALL
    SELECT row, 'phone', 'phone:' || organisation_phone, true FROM cell
    UNION ALL
    SELECT row, 'name_org', 'name_org:' || tokens || '|' || business_id, false FROM cell
    UNION ALL
    SELECT row, 'name_orgname', 'name_orgname:' || tokens || '|' || organisation_fold, false FROM cell
    UNION ALL
    SELECT row, 'organisation', 'organisation:' || business_id, true FROM cell
)
SELECT m.row, bool_or(m.whole) AS whole
FROM message AS m
SEMI JOIN gate_ban_keys AS k ON k.kind = m.kind AND k.key_id = $key_id
    AND k.key = unhex(hmac_hex($inner, $outer, encode(m.message)))
WHERE list_contains($kinds, m.kind)
GROUP BY m.row
