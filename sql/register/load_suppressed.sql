-- Rows of a chunk whose keys are in the suppression store (R019, R020). A kind without keys costs no hashing.
-- candidate(i, email, phone, name_fold, business_id, municipality, whole) · organisation(business_id, name_fold,
-- municipality) · suppression_key(kind, key, key_id). `whole` marks rows that a ban on the whole organisation drops.
WITH named AS (
    SELECT i, business_id, municipality, name_tokens(name_fold) AS tokens
    FROM candidate WHERE name_fold IS NOT NULL
), message AS (
    SELECT i, 'email' AS kind, 'email:' || email AS text FROM candidate
    WHERE email IS NOT NULL AND $email
    UNION ALL
    SELECT i, 'phone', 'phone:' || phone FROM candidate
    WHERE phone IS NOT NULL AND $phone
    UNION ALL
    SELECT i, 'organisation', 'organisation:' || business_id FROM candidate
    WHERE whole AND business_id IS NOT NULL AND $organisation
    UNION ALL
    SELECT i, 'name_org', 'name_org:' || tokens || '|' || business_id FROM named
    WHERE business_id IS NOT NULL AND $name_org
    UNION ALL
    SELECT i, 'name_orgname', 'name_orgname:' || tokens || '|' || organisation.name_fold
    FROM named JOIN organisation USING (business_id) WHERE organisation.name_fold IS NOT NULL AND $name_orgname
    UNION ALL
    SELECT i, 'name_municipality', 'name_municipality:' || tokens || '|' || municipality FROM named
    WHERE municipality IS NOT NULL AND $name_municipality
    UNION ALL
    SELECT i, 'name_municipality', 'name_municipality:' || tokens || '|' || organisation.municipality
    FROM named JOIN organisation USING (business_id)
    WHERE organisation.municipality IS NOT NULL AND $name_municipality
)
SELECT DISTINCT message.i
FROM message JOIN suppression_key USING (kind)
WHERE suppression_key.key_id = $key_id
  AND unhex(hmac_hex($inner_pad, $outer_pad, encode(message.text))) = suppression_key.key
